import type { Problem } from '../../problems/problem';
import type { Violation } from '../../validation/violation';

/** One document of a bulk request, with where it stood. */
export interface BulkItem {
  item: number;
  line?: number | undefined;
  value: unknown;
  /** Set where the line could not even be read. */
  violation?: Violation | undefined;
}

export interface BulkOptions {
  /** `create` refuses keys that exist, `upsert` replaces their documents. */
  mode: 'create' | 'upsert';
  /** All or nothing. */
  atomic: boolean;
  /** Judge everything, write nothing. */
  dryRun: boolean;
  /** Keep references to unknown keys. */
  lenient: boolean;
}

export interface BulkResult {
  item: number;
  line?: number | undefined;
  key?: string;
  result: 'created' | 'updated' | 'unchanged' | 'refused';
  version?: number;
  unresolved_refs?: string[];
  errors?: Violation[];
}

/** An item whose document meets the schema, with the key it has or was given. */
export interface Candidate<Document> extends BulkItem {
  key: string;
  document: Document;
}

/** Where an item stood. */
export const place = ({ item, line }: BulkItem) => ({ item, ...(line !== undefined && { line }) });

/** The result of an item that was refused. */
export const refusal = ({ key, ...item }: Candidate<object>, errors: Violation[]): BulkResult => ({
  ...place(item),
  key,
  result: 'refused',
  errors,
});

/** A refused single write as violations of its item. */
export function violationsOf({ code, errors, message }: Problem): Violation[] {
  if (errors.length > 0) return errors;
  return [{ pointer: '', code: code as Violation['code'], detail: message }];
}

import { BULK_ROUTE } from '../../body/media-types';
import type { Problem } from '../../problems/problem';
import type { Violation } from '../../validation/violation';

/** Maximum number of violations in a response; each refused item has at least one. */
export const MAX_BULK_ERRORS = BULK_ROUTE.bulk.maxItems;

/** One document of a bulk request with its position. */
export interface BulkItem {
  item: number;
  line?: number | undefined;
  value: unknown;
  /** Set when the line could not be parsed. */
  violation?: Violation | undefined;
}

export interface BulkOptions {
  /** `create` refuses existing keys, `upsert` replaces their documents. */
  mode: 'create' | 'upsert';
  /** All items or none. */
  atomic: boolean;
  /** Validate everything and write nothing. */
  dryRun: boolean;
  /** Accept references to unknown keys. */
  lenient: boolean;
  /** The reason in the revisions. */
  reason?: string | undefined;
}

export interface BulkResult {
  item: number;
  line?: number | undefined;
  key?: string | undefined;
  result: 'created' | 'updated' | 'unchanged' | 'refused';
  version?: number;
  unresolved_refs?: string[];
  errors?: Violation[];
}

/** An item whose document matches the schema, with its given or generated key. */
export interface Candidate extends BulkItem {
  key: string;
  document: Record<string, unknown>;
  /** The version that the item is based on. */
  version?: number | undefined;
  /** The item is a deleted document of an export. */
  isDeleted: boolean;
}

/** The result of a refused item. */
export const refuse = (
  { item, line, key }: Pick<BulkResult, 'item' | 'line' | 'key'>,
  errors: Violation[],
): BulkResult => ({
  item,
  line,
  key,
  result: 'refused',
  errors,
});

/** The violations of a refused single write. */
export function violationsOf({ code, errors, message }: Problem): Violation[] {
  if (errors.length > 0) return errors;
  return [{ pointer: '', code: code as Violation['code'], detail: message }];
}

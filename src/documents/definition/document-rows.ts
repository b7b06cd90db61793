import { isDeepStrictEqual } from 'node:util';
import type { DocumentDefinition } from './document-definition';

/** A row as a write reads and locks it. */
export interface DocumentRow {
  id: string;
  key: string;
  version: number;
  status?: string;
  data: Record<string, unknown>;
  /** References that are open, as `resource/key`. */
  unresolved_refs: string[];
  deleted: boolean;
}

/** The document of a row: its own fields and the members of `data`. */
export function toDocument<Document extends object>(
  { keyMember, initialStatus }: DocumentDefinition<Document>,
  { key, status, data }: DocumentRow,
): Document {
  return { [keyMember]: key, ...(initialStatus !== undefined && { status }), ...data } as Document;
}

/** What of a document is kept in `data`: all but what has a column. */
export function toData({ keyMember, initialStatus }: DocumentDefinition, document: object): Record<string, unknown> {
  const { [keyMember]: _, ...data } = document as Record<string, unknown>;
  if (initialStatus !== undefined) delete data.status;
  return data;
}

/** The top-level members in which two documents differ, in alphabetical order. */
export function changedMembers(before: object, after: object): string[] {
  const previous = before as Record<string, unknown>;
  const next = after as Record<string, unknown>;
  const members = new Set([...Object.keys(previous), ...Object.keys(next)]);
  return [...members].filter((member) => !isDeepStrictEqual(previous[member], next[member])).sort();
}

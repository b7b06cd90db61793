import { isDeepStrictEqual } from 'node:util';
import type { DocumentDefinition } from './document-definition';

/** A row of a document table as writes read it. */
export interface DocumentRow {
  id: string;
  key: string;
  version: number;
  status?: string;
  data: Record<string, unknown>;
  /** Unresolved references, as `resource/key`. */
  unresolved_refs: string[];
  deleted: boolean;
}

/** The select list of a `DocumentRow`. */
export const rowColumns = ({ initialStatus }: DocumentDefinition): string =>
  `id, key, version, data, unresolved_refs, ${initialStatus === undefined ? '' : 'status, '}
   deleted_at IS NOT NULL AS deleted`;

/** Builds the document of a row from its columns and `data`. */
export function toDocument<Document extends object>(
  { keyMember, initialStatus }: DocumentDefinition<Document>,
  { key, status, data }: DocumentRow,
): Document {
  return { [keyMember]: key, ...(initialStatus !== undefined && { status }), ...data } as Document;
}

/** Returns the members that are stored in `data`: all that have no column of their own. */
export function toData({ keyMember, initialStatus }: DocumentDefinition, document: object): Record<string, unknown> {
  const { [keyMember]: _, ...data } = document as Record<string, unknown>;
  if (initialStatus !== undefined) delete data.status;
  return data;
}

/** Lists the top-level members in which two documents differ, in alphabetical order. */
export function changedMembers(before: object, after: object): string[] {
  const previous = before as Record<string, unknown>;
  const next = after as Record<string, unknown>;
  const members = new Set([...Object.keys(previous), ...Object.keys(next)]);
  return [...members].filter((member) => !isDeepStrictEqual(previous[member], next[member])).sort();
}

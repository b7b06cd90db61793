import type { Database } from '../../database/database';
import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { keysIn } from '../../documents/references/reference-keys';

/** A reference to a key that no live document has. */
export interface DanglingReference {
  from: { resource: string; key: string };
  /** The place of the reference in the document. */
  pointer: string;
  /** The missing document: `metrics/METRIC-001`. */
  to: string;
}

/**
 * Finds the dangling references of stored documents. Call it at the end of an import, because a document may refer to a
 * later one.
 *
 * @param keys in lower case
 */
export async function findDanglingReferences(
  database: Database,
  { resource, references = [] }: DocumentDefinition,
  keys: readonly string[],
): Promise<DanglingReference[]> {
  if (keys.length === 0) return [];
  const rows = await database.query<{ key: string; data: Record<string, unknown>; unresolved_refs: string[] }>(
    `SELECT key, data, unresolved_refs FROM ${resource}
     WHERE lower(key) = ANY($1::text[]) AND unresolved_refs <> '{}' ORDER BY array_position($1::text[], lower(key))`,
    [keys],
  );
  return rows.flatMap(({ key, data, unresolved_refs }) => {
    const unresolved = new Set(unresolved_refs.map((path) => path.toLowerCase()));
    const all = references.flatMap((reference) =>
      keysIn(reference, data).map((found) => ({ pointer: found.pointer, to: `${reference.to}/${found.key}` })),
    );
    const missing = all.filter(({ to }) => unresolved.has(to.toLowerCase()));
    return missing.map((reference) => ({ from: { resource, key }, ...reference }));
  });
}

import type { Database } from '../../database/database';
import { keysIn } from '../../documents/references/reference-keys';
import type { Resources } from '../resources';
import type { ReadyDocument } from '../files/catalogue-entry';

/** A reference to a key that no live document has. */
export interface DanglingReference {
  from: { resource: string; key: string };
  /** The place of the reference in the document. */
  pointer: string;
  /** The missing document: `metrics/METRIC-001`. */
  to: string;
}

/**
 * Finds the dangling references of documents in the database. Call it at the end of an import, because a document may
 * refer to a later one.
 */
export async function findDanglingReferences(
  database: Database,
  resources: Resources,
  documents: readonly ReadyDocument[],
): Promise<DanglingReference[]> {
  const dangling: DanglingReference[] = [];
  for (const { resource, references = [] } of resources.inOrder) {
    const written = documents.filter((document) => document.resource === resource);
    if (written.length === 0) continue;
    const rows = await database.query<{ key: string; unresolved_refs: string[] }>(
      `SELECT lower(key) AS key, unresolved_refs FROM ${resource}
       WHERE lower(key) = ANY(SELECT lower(unnest($1::text[]))) AND unresolved_refs <> '{}'`,
      [written.map(({ key }) => key)],
    );
    const unresolved = new Map(
      rows.map((row) => [row.key, new Set(row.unresolved_refs.map((path) => path.toLowerCase()))]),
    );
    for (const { key, document } of written) {
      const all = references.flatMap((reference) =>
        keysIn(reference, document).map(({ key, pointer }) => ({ pointer, to: `${reference.to}/${key}` })),
      );
      const missing = all.filter(({ to }) => unresolved.get(key.toLowerCase())?.has(to.toLowerCase()));
      dangling.push(...missing.map((reference) => ({ from: { resource, key }, ...reference })));
    }
  }
  return dangling;
}

import type { Database } from '../../database/database';
import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { keysIn } from '../../documents/references/references';
import type { Resource } from '../files/catalogue-entry';
import type { ReadyDocument } from './import-source';
import { DEFINITIONS, IN_ORDER } from './resources';

/** A reference to a key that no live document has, and the document that holds it. */
export interface DanglingReference {
  from: { resource: Resource; key: string };
  /** The place inside the document. */
  pointer: string;
  /** `metrics/METRIC-001` */
  to: string;
}

/**
 * The references of these documents that dangle, as the database knows it. That can be said only at the end of an
 * import: a document may name what comes later.
 */
export async function danglingReferences(
  database: Database,
  documents: readonly ReadyDocument[],
): Promise<DanglingReference[]> {
  const dangling: DanglingReference[] = [];
  for (const resource of IN_ORDER) {
    const written = documents.filter((document) => document.resource === resource);
    const rows = await database.query<{ key: string; unresolved_refs: string[] }>(
      `SELECT lower(key) AS key, unresolved_refs FROM ${resource}
       WHERE lower(key) = ANY(SELECT lower(unnest($1::text[]))) AND unresolved_refs <> '{}'`,
      [written.map(({ key }) => key)],
    );
    const unresolved = new Map(rows.map((row) => [row.key, new Set(row.unresolved_refs)]));
    for (const { key, document } of written) {
      const missing = unresolved.get(key.toLowerCase());
      if (missing) dangling.push(...named(resource, key, document).filter(({ to }) => missing.has(to)));
    }
  }
  return dangling;
}

/** Everything that a document names. */
function named(resource: Resource, key: string, document: Record<string, unknown>): DanglingReference[] {
  const { references = [] }: DocumentDefinition = DEFINITIONS[resource];
  return references.flatMap((reference) =>
    keysIn(reference, document).map(({ key: target, pointer }) => ({
      from: { resource, key },
      pointer,
      to: `${reference.to}/${target}`,
    })),
  );
}

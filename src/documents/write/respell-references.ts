import type { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import type { DocumentDefinition } from '../definition/document-definition';
import { changedMembers, type DocumentRow, rowColumns } from '../definition/document-rows';
import { withSpelling } from '../references/reference-keys';
import type { References } from '../references/references';
import type { LockedRow } from '../references/row-locks';
import { type DocumentWriter, UPDATED } from './document-writer';

/** The services that find and write the references. */
interface Services {
  readonly database: Database;
  readonly references: References;
  readonly writer: DocumentWriter;
}

/**
 * Before documents are created or restored: an unresolved reference that has one of their keys in another case gets the
 * spelling of the key, with a revision. Then it is resolved like any other.
 *
 * @param keys as the documents spell them
 * @param locked the rows with unresolved references to the keys
 */
export async function respellReferences(
  { database, references, writer }: Services,
  { resource }: DocumentDefinition,
  keys: readonly string[],
  locked: readonly LockedRow[],
  author: Author,
): Promise<void> {
  const paths = new Map(keys.map((key) => [`${resource}/${key}`.toLowerCase(), `${resource}/${key}`]));
  const respelled = (path: string) => paths.get(path.toLowerCase()) ?? path;
  for (const [definition, own] of references.referringTo(resource)) {
    const outdated = locked.filter(
      (row) => row.resource === definition.resource && row.unresolved_refs.some((path) => respelled(path) !== path),
    );
    if (outdated.length === 0) continue;
    const rows = await database.query<DocumentRow>(
      `SELECT ${rowColumns(definition)} FROM ${definition.resource} WHERE id = ANY($1::bigint[]) ORDER BY lower(key)`,
      [outdated.map(({ id }) => id)],
    );
    for (const row of rows) {
      const spell = (key: string) => {
        const path = `${resource}/${key}`;
        return row.unresolved_refs.includes(path) ? respelled(path).slice(resource.length + 1) : key;
      };
      const data = own.reduce((document, reference) => withSpelling(reference, document, spell), row.data);
      await writer.writeWithRevision(
        definition,
        `UPDATE ${definition.resource} SET version = version + 1, ${UPDATED}, data = $2, unresolved_refs = $3
         WHERE id = $1`,
        [row.id, JSON.stringify(data), row.unresolved_refs.map(respelled)],
        { author, change: 'updated', reason: 'spelling of references', changed: changedMembers(row.data, data) },
      );
    }
  }
}

import type { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import type { Preconditions } from '../../responses/preconditions';
import { isKey } from '../../validation/properties';
import { quote } from '../../validation/violation';
import { type DocumentRow, rowColumns } from '../definition/document-rows';
import type { DocumentReader } from '../read/document-reader';

/**
 * How a row is locked (PostgreSQL manual, 13.3.2): `FOR UPDATE` waits for transactions that refer to the document and
 * excludes new references, for a deletion for example.
 */
export type RowLock = 'FOR NO KEY UPDATE' | 'FOR UPDATE';

/** Finds the row of a write and locks it until the transaction ends. */
export class DocumentLocks {
  constructor(
    private readonly reader: DocumentReader,
    private readonly database: Database,
  ) {}

  /** Locks the row of a live document. @throws Problem 404, 412 */
  async lockLive(key: string, preconditions: Preconditions, lock?: RowLock): Promise<DocumentRow> {
    const row = await this.lockRow(key, preconditions, lock);
    if (row.deleted) throw this.reader.notFound(key);
    return row;
  }

  /** Locks the row of a document, deleted or not. @returns undefined when there is none */
  async lockIfExists(key: string, lock: RowLock = 'FOR NO KEY UPDATE'): Promise<DocumentRow | undefined> {
    const { definition } = this.reader;
    const [row] = await this.database.query<DocumentRow>(
      `SELECT ${rowColumns(definition)} FROM ${definition.resource} WHERE lower(key) = lower($1) ${lock}`,
      [key],
    );
    return row;
  }

  /** Reads the rows of many documents, which are locked already. @returns the rows by key in lower case */
  async readLocked(keys: readonly string[]): Promise<Map<string, DocumentRow>> {
    const { definition } = this.reader;
    const rows = await this.database.query<DocumentRow>(
      `SELECT ${rowColumns(definition)} FROM ${definition.resource} WHERE lower(key) = ANY($1::text[])`,
      [keys.map((key) => key.toLowerCase())],
    );
    return new Map(rows.map((row) => [row.key.toLowerCase(), row]));
  }

  /**
   * Locks the row of a document, deleted or not, and checks the preconditions.
   *
   * @throws Problem 404, 412 with the current ETag and version
   */
  async lockRow(key: string, { ifMatch, ifAbsent }: Preconditions, lock?: RowLock): Promise<DocumentRow> {
    const row = isKey(key) ? await this.lockIfExists(key, lock) : undefined;
    if (!row) throw this.reader.notFound(key);
    if (ifAbsent || (ifMatch !== undefined && ifMatch !== '*' && !ifMatch.includes(row.version))) {
      const etag = await this.reader.etagOf(row.id);
      throw new Problem('precondition_failed', {
        detail: `The document has version ${row.version}.`,
        headers: { etag },
        members: { version: row.version, etag },
      });
    }
    return row;
  }

  /** Builds the problem for a key that is taken: 409 `already_exists`, or `key_deleted` with the path of `restore`. */
  async keyConflict(key: string): Promise<Problem> {
    const { resource } = this.reader.definition;
    const [row] = await this.database.query<{ id: string; key: string; version: number; deleted: boolean }>(
      `SELECT id, key, version, deleted_at IS NOT NULL AS deleted FROM ${resource} WHERE lower(key) = lower($1)`,
      [key],
    );
    const spelling = row?.key ?? key;
    if (row?.deleted)
      return new Problem('key_deleted', {
        detail: `${quote(spelling)} is deleted; POST /api/v1/${resource}/${spelling}/restore restores it.`,
      });
    const etag = row ? await this.reader.etagOf(row.id) : '';
    return new Problem('already_exists', {
      detail: `${quote(spelling)} already exists.`,
      headers: { etag },
      members: { version: row?.version, etag },
    });
  }
}

import type { Database } from '../../database/database';
import type { Preconditions } from '../../responses/preconditions';
import { Problem } from '../../problems/problem';
import { quote } from '../../validation/violation';
import { isKey } from '../../validation/properties';
import type { DocumentReader } from '../read/document-reader';
import type { DocumentRow } from '../definition/document-rows';

/** Finds and locks the rows that a write is about; what it finds holds until the transaction ends. */
export class DocumentLocks {
  constructor(
    private readonly reader: DocumentReader<object>,
    private readonly database: Database,
  ) {}

  /** The row of a live document, locked until the transaction ends. */
  async live(key: string, preconditions: Preconditions = {}): Promise<DocumentRow> {
    const row = await this.document(key, preconditions);
    if (row.deleted) throw this.reader.notFound(key);
    return row;
  }

  /** The row of a document, deleted or not, locked until the transaction ends; undefined where there is none. */
  async find(key: string): Promise<DocumentRow | undefined> {
    const { resource, initialStatus } = this.reader.definition;
    const [row] = await this.database.query<DocumentRow>(
      `SELECT id, key, version, data, unresolved_refs, ${initialStatus === undefined ? '' : 'status, '}deleted_at IS NOT NULL AS deleted FROM ${resource} WHERE lower(key) = lower($1) FOR UPDATE`,
      [key],
    );
    return row;
  }

  /** @throws Problem 404, 412 with the current ETag and version */
  async document(key: string, { ifMatch, ifAbsent }: Preconditions): Promise<DocumentRow> {
    const row = isKey(key) ? await this.find(key) : undefined;
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

  /** Why a key is not free: 409 `already_exists`, or `key_deleted` which names the way back */
  async taken(key: string): Promise<Problem> {
    const { resource } = this.reader.definition;
    const [row] = await this.database.query<{ id: string; key: string; version: number; deleted: boolean }>(
      `SELECT id, key, version, deleted_at IS NOT NULL AS deleted FROM ${resource} WHERE lower(key) = lower($1)`,
      [key],
    );
    const taken = row?.key ?? key;
    if (row?.deleted)
      return new Problem('key_deleted', {
        detail: `${quote(taken)} is deleted; POST /api/v1/${resource}/${taken}/restore brings it back.`,
      });
    const etag = row ? await this.reader.etagOf(row.id) : '';
    return new Problem('already_exists', {
      detail: `${quote(taken)} exists already.`,
      headers: { etag },
      members: { version: row?.version, etag },
    });
  }
}

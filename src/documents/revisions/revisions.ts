import type { Database } from '../../database/database';
import type { Cursors } from '../../pagination/cursor';
import { newestFirst } from '../../pagination/newest-first';
import { Problem } from '../../problems/problem';
import { Representation } from '../../responses/representation';
import { isKey } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';
import type { HistoryQuery, RevisionQuery } from '../query/item-query';

const WHOLE = /^[1-9]\d{0,8}$/;

const SUMMARY = `json_build_object('version', version, 'change', change, 'actor', actor, 'request_id', request_id,
  'reason', reason, 'changed_fields', changed_fields, 'breaking', breaking,
  'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;

/**
 * Reads the revisions of one resource. DocumentWriter inserts them in the statement that writes the document.
 */
export class Revisions {
  constructor(
    private readonly definition: DocumentDefinition,
    private readonly database: Database,
    private readonly cursors: Cursors,
  ) {}

  /**
   * A page of the revisions of a document, newest first. `include_deleted` shows those of a deleted document.
   *
   * @throws Problem 404 for an unknown or deleted document, 400 `invalid_cursor`, `cursor_mismatch`
   */
  async list(key: string, query: HistoryQuery, path: string): Promise<Representation> {
    const { paging, includeDeleted, canonical } = query;
    const { resource } = this.definition;
    const id = await this.documentId(key, includeDeleted);
    const scope = `revisions ${resource} ${id}`;
    const url = `${path}?${canonical}`;
    const page = await newestFirst(this.cursors, scope, paging, url, ({ from, comparison, order, limit }) =>
      this.database.query(
        `SELECT ${SUMMARY}::text AS json, version AS number FROM revisions
         WHERE resource = $1 AND document_id = $2 AND ($3::int IS NULL OR version ${comparison} $3)
         ORDER BY version ${order} LIMIT $4`,
        [resource, id, from, limit],
      ),
    );
    return new Representation(page.json, page.headers);
  }

  /**
   * One revision with the complete document at that version.
   *
   * @throws Problem 404 for an unknown or deleted document, or an unknown version
   */
  async read(key: string, version: string, { includeDeleted }: RevisionQuery): Promise<Representation> {
    const id = await this.documentId(key, includeDeleted);
    const [row] = WHOLE.test(version)
      ? await this.database.query<{ json: string }>(
          `SELECT (${SUMMARY}::jsonb || jsonb_build_object('document', data))::text AS json FROM revisions
           WHERE resource = $1 AND document_id = $2 AND version = $3`,
          [this.definition.resource, id, version],
        )
      : [];
    if (!row) throw new Problem('not_found', { detail: 'The document has no such version.' });
    return new Representation(row.json);
  }

  /** The content of a document at a version; undefined when there is no such version. */
  async content(key: string, version: number): Promise<Record<string, unknown> | undefined> {
    const { resource } = this.definition;
    const [row] = await this.database.query<{ data: Record<string, unknown> }>(
      `SELECT revisions.data FROM revisions JOIN ${resource} AS document ON document.id = document_id
       WHERE resource = $1 AND lower(document.key) = lower($2) AND revisions.version = $3`,
      [resource, key, version],
    );
    return row?.data;
  }

  private async documentId(key: string, includeDeleted: boolean): Promise<string> {
    const { resource, singular } = this.definition;
    const live = includeDeleted ? '' : ' AND deleted_at IS NULL';
    const sql = `SELECT id FROM ${resource} WHERE lower(key) = lower($1)${live}`;
    const [row] = isKey(key) ? await this.database.query<{ id: string }>(sql, [key]) : [];
    if (!row) throw new Problem('not_found', { detail: `The ${singular} does not exist.` });
    return row.id;
  }
}

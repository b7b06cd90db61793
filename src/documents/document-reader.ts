import { crc32 } from 'node:zlib';
import type { StreamableFile } from '@nestjs/common';
import type { Database } from '../database/database';
import { Representation } from '../http/representation';
import type { Cursors, Position } from '../pagination/cursor';
import { envelope } from '../pagination/envelope';
import { Problem } from '../problems/problem';
import { quote } from '../problems/violation';
import { isKey } from '../validation/properties';
import type { DocumentDefinition } from './document-definition';
import { exportDocuments } from './document-export';
import { countDocuments } from './document-statistics';
import { documentJson } from './document-view';
import type { ItemQuery } from './item-query';
import { isCommon, type ListQuery } from './list-query';
import { listStatement, neighbours, type PageRow } from './list-statement';
import type { References } from './references';
import type { Revisions } from './revisions';

interface ItemRow {
  json: string;
  version: number;
  computed: string;
}

/** Reads the documents of one resource: PostgreSQL finishes them as JSON text, which is sent as it is. */
export class DocumentReader<Document extends object> {
  /** Made by the first read: by then every resource that counts here is known. */
  private wholeJson: string | undefined;

  constructor(
    readonly definition: DocumentDefinition<Document>,
    private readonly database: Database,
    private readonly references: References,
    private readonly revisions: Revisions,
    private readonly cursors: Cursors,
  ) {}

  /**
   * One document.
   *
   * @throws Problem 404 for an unknown, impossible or deleted key
   */
  async read(key: string, { fields, includeDeleted }: ItemQuery = { includeDeleted: false }): Promise<Representation> {
    const [row] = isKey(key)
      ? await this.select(`lower(key) = lower($1)${includeDeleted ? '' : ' AND deleted_at IS NULL'}`, key, fields)
      : [];
    if (!row) throw this.notFound(key);
    return this.represent(row, fields);
  }

  /**
   * A page of documents, with the headers of its envelope.
   *
   * @throws Problem 400 `invalid_cursor`, `cursor_mismatch`
   */
  async list(query: ListQuery, url: string): Promise<Representation> {
    const { paging, question } = query;
    const position =
      paging.mode === 'cursor' && paging.token !== '' ? this.cursors.decode(paging.token, question) : undefined;
    const { sql, parameters } = listStatement(this.definition, query, this.json(query.fields), position);
    const [row] = isCommon(query)
      ? await this.database.queryPrepared<PageRow>(sql, parameters)
      : await this.database.query<PageRow>(sql, parameters);
    if (!row) throw new Error('A list statement always gives one row.');
    const cursor = (direction: Position['direction'], values: string[] | null) => {
      if (values) return this.cursors.encode({ direction, values }, question);
      // Everything behind the cursor is gone: the way back begins with the row it stood on.
      return position && direction !== position.direction
        ? this.cursors.encode({ direction, values: position.values, inclusive: true }, question)
        : null;
    };
    const { json, headers } = envelope(
      {
        rows: this.deriveRows(row.rows, query.fields),
        total: row.total ?? undefined,
        ...neighbours(row, paging, position),
        nextCursor: cursor('next', row.last),
        prevCursor: paging.mode === 'cursor' ? cursor('prev', row.first) : null,
      },
      paging,
      url,
    );
    return new Representation(json, headers);
  }

  /** The versions of a document, newest first. @throws Problem 404, 400 */
  listRevisions(key: string, query: Record<string, unknown>, url: string): Promise<Representation> {
    return this.revisions.list(this.definition, key, query, url);
  }

  /** One version with its document. @throws Problem 404 */
  readRevision(key: string, version: string): Promise<Representation> {
    return this.revisions.read(this.definition, key, version);
  }

  /** The answer to a write: the document as it is now, by the id of its row. */
  async written(id: string, status: number, headers: Record<string, string> = {}): Promise<Representation> {
    const [row] = await this.select('id = $1', id);
    if (!row) throw new Error('A written document can be read.');
    const { json, headers: own } = this.represent(row);
    return new Representation(json, { ...own, ...headers }, status);
  }

  /** Every document of a query as NDJSON, streamed from one snapshot. */
  export(query: ListQuery): StreamableFile {
    return exportDocuments(this.database, this.definition, query);
  }

  /** How many live documents have each value of each facet. */
  stats(): Promise<Representation> {
    return countDocuments(this.database, this.definition);
  }

  /** The ETag of a row as it is now. */
  async etagOf(id: string): Promise<string> {
    const [row] = await this.select('id = $1', id);
    return row ? this.etag(row) : '';
  }

  notFound(key: string): Problem {
    return new Problem('not_found', { detail: `There is no ${this.definition.singular} ${quote(key)}.` });
  }

  private select(condition: string, value: string, fields?: string[]): Promise<ItemRow[]> {
    const computed = Object.values(this.computed).map((sql) => `${sql}::text`);
    const sql = `SELECT ${this.json(fields)} AS json, version, concat_ws(' ', unresolved_refs::text, ${computed.join(', ') || 'NULL'}) AS computed
       FROM ${this.definition.resource} AS document WHERE ${condition}`;
    return fields ? this.database.query(sql, [value]) : this.database.queryPrepared(sql, [value]);
  }

  private represent(row: ItemRow, fields?: string[]): Representation {
    return new Representation(this.deriveRows(row.json, fields), { etag: this.etag(row) });
  }

  /**
   * Strong, from the version; where the answer shows values computed on read, with a digest of them, since they change
   * without a new version and a 304 must not hide it (docs/adr/0006). `If-Match` compares the version alone.
   */
  private etag({ version, computed, json }: ItemRow): string {
    const derived = this.definition.derive ? JSON.stringify(this.definition.derive(JSON.parse(json) as Document)) : '';
    const shown = `${computed === '{}' ? '' : computed}${derived}`;
    return shown === '' ? `"${version}"` : `"${version}-${crc32(shown).toString(16)}"`;
  }

  private get computed(): Record<string, string> {
    return this.references.countsOf(this.definition.resource);
  }

  /** What is derived needs the whole document; the members asked for are picked afterwards. */
  private json(fields?: string[]): string {
    if (fields && !this.definition.derive) return documentJson(this.definition, this.computed, fields);
    return (this.wholeJson ??= documentJson(this.definition, this.computed));
  }

  private deriveRows(rows: string, fields?: string[]): string {
    const { definition } = this;
    if (!definition.derive) return rows;
    const documents = JSON.parse(`[${rows}]`) as Document[];
    const wanted = fields && new Set([definition.keyMember, 'version', ...fields]);
    const shown = documents.map((document) => {
      const whole = { ...document, ...definition.derive?.(document) };
      return wanted ? Object.fromEntries(Object.entries(whole).filter(([member]) => wanted.has(member))) : whole;
    });
    return shown.map((document) => JSON.stringify(document)).join(',');
  }
}

import { crc32 } from 'node:zlib';
import type { StreamableFile } from '@nestjs/common';
import type { Database } from '../../database/database';
import { Representation } from '../../responses/representation';
import type { Cursors, Position } from '../../pagination/cursor';
import { envelope } from '../../pagination/envelope';
import { Problem } from '../../problems/problem';
import { quote } from '../../validation/violation';
import { isKey } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';
import { exportDocuments } from './document-export';
import { countDocuments } from './document-statistics';
import { DocumentView, type TextRow } from './document-view';
import type { ItemQuery } from '../query/item-query';
import { isCommon, type ListQuery } from '../query/list-query';
import { ListCounts } from './list-counts';
import { type ListStatement, listStatement, neighbours, type Statement } from './list-statement';
import type { References } from '../references/references';
import type { HistoryQuery, RevisionQuery, Revisions } from '../revisions/revisions';

/** A row of a list, with its sort values and the count of all that match. */
type ListRow = TextRow & { total?: number };

/**
 * Which version of a row it is, as PostgreSQL itself counts them (PostgreSQL manual, 5.6): also an UPDATE by hand that
 * leaves the column `version` alone makes a new one.
 */
const ROW_VERSION = 'document.xmin::text AS xmin, document.ctid::text AS ctid';

/** Reads the documents of one resource: PostgreSQL prints them as JSON text, which is sent without being parsed. */
export class DocumentReader<Document extends object> {
  private knownView: DocumentView | undefined;
  private wholeColumns: string | undefined;
  private readonly counts = new ListCounts();

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
  async read(
    key: string,
    { fields, includeDeleted }: Omit<ItemQuery, 'canonical'> = { includeDeleted: false },
  ): Promise<Representation> {
    const found = `lower(key) = lower($1)${includeDeleted ? '' : ' AND deleted_at IS NULL'}`;
    const [row] = isKey(key) ? await this.select(found, key, fields) : [];
    if (!row) throw this.notFound(key);
    const state = this.stateOf(row);
    return this.represent(row, fields, async () => {
      const [now] = await this.database.queryPrepared<TextRow>(
        `SELECT ${this.stateColumns(fields)} FROM ${this.definition.resource} AS document WHERE ${found}`,
        [key],
      );
      return now !== undefined && this.stateOf(now) === state;
    });
  }

  /**
   * A page of documents, with the headers of its envelope.
   *
   * @param path what its links lead to, with the query in canonical form
   * @throws Problem 400 `invalid_cursor`, `cursor_mismatch`
   */
  async list(query: ListQuery, path: string): Promise<Representation> {
    const { paging, scope } = query;
    const position =
      paging.mode === 'cursor' && paging.token !== '' ? this.cursors.decode(paging.token, scope) : undefined;
    const statement = listStatement(this.definition, query, this.columns(query.fields), position);
    const { found, total } = await this.find(statement, isCommon(query));
    const { sort } = statement;
    const shown = found.slice(0, paging.limit);
    if (position?.direction === 'prev') shown.reverse();
    const values = (row: ListRow | undefined) => row && sort.map((column) => row[column] ?? '');
    const cursor = (direction: Position['direction'], at: string[] | undefined) => {
      if (at) return this.cursors.encode({ direction, values: at }, scope);
      // Everything behind the cursor is gone: the way back begins with the row it stood on.
      return position && direction !== position.direction
        ? this.cursors.encode({ direction, values: position.values, inclusive: true }, scope)
        : null;
    };
    const { json, headers } = envelope(
      {
        rows: shown.map((row) => this.json(row, query.fields)),
        total,
        ...neighbours(found.length, paging, position),
        nextCursor: cursor('next', values(shown.at(-1))),
        prevCursor: paging.mode === 'cursor' ? cursor('prev', values(shown[0])) : null,
      },
      paging,
      `${path}?${query.canonical}`,
    );
    return new Representation(json, headers);
  }

  /** The versions of a document, newest first. @throws Problem 404, 400 */
  listRevisions(key: string, query: HistoryQuery, path: string): Promise<Representation> {
    return this.revisions.list(this.definition, key, query, path);
  }

  /** One version with its document. @throws Problem 404 */
  readRevision(key: string, version: string, query: RevisionQuery): Promise<Representation> {
    return this.revisions.read(this.definition, key, version, query);
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

  /** The rows of a page and, where it is wanted, the count: the known one if it is of the same state as the rows. */
  private async find(
    { page, uncounted, count }: ListStatement,
    isCommon: boolean,
  ): Promise<{ found: ListRow[]; total: number | undefined }> {
    const ask = ({ sql, parameters }: Statement) =>
      isCommon ? this.database.queryPrepared<ListRow>(sql, parameters) : this.database.query<ListRow>(sql, parameters);
    const known = count && this.counts.get(count);
    if (known || !count) {
      const found = await ask(uncounted);
      const state = found[0]?.state;
      if (!count || state === known?.state) return { found, total: known?.total };
    }
    const found = await ask(page);
    // An empty page has no row to tell the total.
    const [row] = found.length > 0 ? found : await this.database.query<ListRow>(count.sql, count.parameters);
    const { state, total } = row ?? {};
    if (typeof state === 'string' && total !== undefined) this.counts.set(count, state, total);
    return { found, total: total ?? undefined };
  }

  private select(condition: string, value: string, fields?: string[]): Promise<TextRow[]> {
    const sql = `SELECT ${this.columns(fields)}, ${ROW_VERSION} FROM ${this.definition.resource} AS document WHERE ${condition}`;
    return fields ? this.database.query(sql, [value]) : this.database.queryPrepared(sql, [value]);
  }

  private represent(row: TextRow, fields?: string[], isUnchanged?: () => Promise<boolean>): Representation {
    return new Representation(this.json(row, fields), { etag: this.etag(row) }, undefined, isUnchanged);
  }

  private stateColumns(fields?: string[]): string {
    return [ROW_VERSION, ...this.view.computedColumns(fields)].join(', ');
  }

  /** Everything that an item shows: equal texts, equal answers. What is derived is derived anew each day. */
  private stateOf(row: TextRow): string {
    const day = this.definition.derive ? new Date().toISOString().slice(0, 10) : '';
    return [row.xmin, row.ctid, this.view.countsText(row), day].join(' ');
  }

  /**
   * Strong, from the version; where the answer shows values computed on read, with a digest of them, since they change
   * without a new version and a 304 must not hide it (docs/adr/0006). `If-Match` compares the version alone.
   */
  private etag(row: TextRow): string {
    const { definition } = this;
    const derived = definition.derive ? JSON.stringify(definition.derive(this.parsed(row))) : '';
    const shown = `${this.view.computedText(row)}${derived}`;
    return shown === '' ? `"${row.version}"` : `"${row.version}-${crc32(shown).toString(16)}"`;
  }

  /** Made by the first read: by then every resource that counts here is known. */
  private get view(): DocumentView {
    return (this.knownView ??= new DocumentView(this.definition, this.references.countsOf(this.definition.resource)));
  }

  /** What is derived needs the whole document; the members asked for are picked afterwards. */
  private columns(fields?: string[]): string {
    if (fields && !this.definition.derive) return this.view.columns(fields);
    return (this.wholeColumns ??= this.view.columns());
  }

  private json(row: TextRow, fields?: string[]): string {
    const { definition } = this;
    if (!definition.derive) return this.view.json(row, fields);
    const document = this.parsed(row);
    const whole = { ...document, ...definition.derive(document) };
    const wanted = fields && new Set([definition.keyMember, 'version', ...fields]);
    return JSON.stringify(
      wanted ? Object.fromEntries(Object.entries(whole).filter(([member]) => wanted.has(member))) : whole,
    );
  }

  private parsed(row: TextRow): Document {
    return JSON.parse(this.view.json(row)) as Document;
  }
}

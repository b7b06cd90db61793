import { crc32 } from 'node:zlib';
import type { StreamableFile } from '@nestjs/common';
import type { Database } from '../../database/database';
import type { Cursors, Position } from '../../pagination/cursor';
import { envelope } from '../../pagination/envelope';
import { Problem } from '../../problems/problem';
import { Representation } from '../../responses/representation';
import { isKey } from '../../validation/properties';
import { quote } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import type { HistoryQuery, ItemQuery, RevisionQuery } from '../query/item-query';
import { filterParameters } from '../query/filters';
import { isCommon, type ListQuery } from '../query/list-query';
import type { References } from '../references/references';
import { Revisions } from '../revisions/revisions';
import { CountCache } from './count-cache';
import { type DocumentExport, exportDocuments } from './document-export';
import { DocumentSerializer, type TextRow } from './document-serializer';
import type { ExportFormat, ExportFormats } from './export-formats';
import { exportInFormat } from './format-export';
import { countDocuments } from './document-statistics';
import {
  exportStatement,
  groupedExportStatement,
  type ListStatement,
  listStatement,
  neighbours,
  type Statement,
} from './list-statement';

/** A row of a list with its sort values and the count of matches. */
type ListRow = TextRow & { total?: number };

/**
 * The row version of PostgreSQL itself (PostgreSQL manual, 5.6). It also changes with a manual UPDATE that does not
 * set the column `version`.
 */
const ROW_VERSION = 'document.xmin::text AS xmin, document.ctid::text AS ctid';

/** The form of this service. It loses nothing, so it is never written here: a report of its losses is empty. */
const MDL: ExportFormat = {
  name: 'mdl',
  isLossless: true,
  write: () => {
    throw new Error('Exports in this form are written from rows.');
  },
};

/** Reads the documents of one resource as JSON text, without parsing the stored JSON. */
export class DocumentReader {
  readonly revisions: Revisions;
  private createdSerializer: DocumentSerializer | undefined;
  private allColumns: string | undefined;
  private readonly counts = new CountCache();

  constructor(
    readonly definition: DocumentDefinition,
    private readonly database: Database,
    private readonly references: References,
    private readonly cursors: Cursors,
    private readonly formats: ExportFormats,
  ) {
    this.revisions = new Revisions(definition, database, cursors);
  }

  /**
   * Reads one document.
   *
   * @throws Problem 404 for an unknown, malformed or deleted key
   */
  async read(key: string, { fields, includeDeleted }: ItemQuery): Promise<Representation> {
    const found = `lower(key) = lower($1)${includeDeleted ? '' : ' AND deleted_at IS NULL'}`;
    const [row] = isKey(key) ? await this.select(found, key, fields) : [];
    if (!row) throw this.notFound(key);
    const state = this.stateOf(row);
    return this.represent(row, fields, async () => {
      const columns = [ROW_VERSION, ...this.serializer.computedColumns(fields)].join(', ');
      const [now] = await this.database.queryPrepared<TextRow>(
        `SELECT ${columns} FROM ${this.definition.resource} AS document WHERE ${found}`,
        [key],
      );
      return now !== undefined && this.stateOf(now) === state;
    });
  }

  /**
   * Reads a page of documents.
   *
   * @param path the path of the request, for the links
   * @throws Problem 400 `invalid_cursor`, `cursor_mismatch`
   */
  async list(given: ListQuery, path: string): Promise<Representation> {
    const query = await this.withSpelledKeys(given);
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
      // No rows are left after the cursor: the opposite direction starts at the row of the cursor itself.
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

  /** Reads a page of the revisions of a document, newest first. @throws Problem 404, 400 */
  listRevisions(key: string, query: HistoryQuery, path: string): Promise<Representation> {
    return this.revisions.list(key, query, path);
  }

  /** Reads one revision with its document. @throws Problem 404 */
  readRevision(key: string, version: string, query: RevisionQuery): Promise<Representation> {
    return this.revisions.read(key, version, query);
  }

  /** The response to a write: the new document, found by the id of its row. */
  async written(id: string, status: number, headers: Record<string, string> = {}): Promise<Representation> {
    const [row] = await this.select('id = $1', id);
    if (!row) throw new Error('The written document was not found.');
    const { json, headers: own } = this.represent(row);
    return new Representation(json, { ...own, ...headers }, status);
  }

  /** Streams every matching document from one snapshot, as NDJSON or in the format of the query. */
  async export(given: ListQuery): Promise<StreamableFile> {
    const query = await this.withSpelledKeys(given);
    const { format: name = 'mdl', losses = false, bom = false } = given.export ?? {};
    if (name === 'mdl' && !losses) return exportDocuments(this.database, this.definition, query);
    const context = { definition: this.definition, bom };
    return this.exportIn(name === 'mdl' ? MDL : this.formats.find(name), query, { losses, context });
  }

  private exportIn(
    format: ExportFormat,
    query: ListQuery,
    options: Parameters<typeof exportInFormat>[4],
  ): DocumentExport {
    const { definition, references, database } = this;
    const own = new DocumentSerializer(definition);
    const reference = definition.references?.find(({ member }) => member === format.groupBy);
    const parent = references.all.find(({ resource }) => resource === reference?.to);
    const read = (serializer: DocumentSerializer) => (row: TextRow) =>
      JSON.parse(serializer.json(row)) as Record<string, unknown>;
    if (!parent || reference?.column === undefined)
      return exportInFormat(database, exportStatement(definition, query, own.columns()), format, read(own), options);
    const { member, column } = reference;
    const statement = groupedExportStatement(definition, query, { parent, member, column }, own.columns());
    const [readOwn, readParent] = [read(own), read(new DocumentSerializer(parent))];
    return exportInFormat(
      database,
      statement,
      format,
      (row) => (row['resource'] === parent.resource ? readParent(row) : readOwn(row)),
      options,
    );
  }

  /** Counts the live documents by the values of each facet. */
  stats(): Promise<Representation> {
    return countDocuments(this.database, this.definition);
  }

  /** The current ETag of a row; empty when it does not exist. */
  async etagOf(id: string): Promise<string> {
    const [row] = await this.select('id = $1', id);
    return row ? this.etag(row) : '';
  }

  notFound(key: string): Problem {
    return new Problem('not_found', { detail: `There is no ${this.definition.singular} ${quote(key)}.` });
  }

  /**
   * Filters by reference take keys in any case. Documents have them as the referenced documents spell them, and so does
   * the index. A key without a document is compared as given.
   */
  private async withSpelledKeys(query: ListQuery): Promise<ListQuery> {
    const parameters = filterParameters(this.definition.fields);
    const filters = query.filters.map(async (filter) => {
      const keys = parameters.find(({ parameter }) => parameter === filter.parameter)?.keys;
      return keys === undefined ? filter : { ...filter, values: await this.references.spell(keys, filter.values) };
    });
    return { ...query, filters: await Promise.all(filters) };
  }

  /** Finds the rows of a page and the count if requested, from the count cache if its state equals that of the rows. */
  private async find(
    { page, uncounted, count }: ListStatement,
    isCommon: boolean,
  ): Promise<{ found: ListRow[]; total: number | undefined }> {
    const execute = ({ sql, parameters }: Statement) =>
      isCommon ? this.database.queryPrepared<ListRow>(sql, parameters) : this.database.query<ListRow>(sql, parameters);
    const cached = count && this.counts.get(count);
    if (cached || !count) {
      const found = await execute(uncounted);
      const state = found[0]?.state;
      if (!count || state === cached?.state) return { found, total: cached?.total };
    }
    const found = await execute(page);
    // An empty page has no row with the total.
    const [row] = found.length > 0 ? found : await this.database.query<ListRow>(count.sql, count.parameters);
    const { state, total } = row ?? {};
    if (typeof state === 'string' && total !== undefined) this.counts.set(count, state, total);
    return { found, total: total ?? undefined };
  }

  private select(condition: string, value: string, fields?: string[]): Promise<TextRow[]> {
    const { resource } = this.definition;
    const sql = `SELECT ${this.columns(fields)}, ${ROW_VERSION} FROM ${resource} AS document WHERE ${condition}`;
    return fields ? this.database.query(sql, [value]) : this.database.queryPrepared(sql, [value]);
  }

  private represent(row: TextRow, fields?: string[], isUnchanged?: () => Promise<boolean>): Representation {
    return new Representation(this.json(row, fields), { etag: this.etag(row) }, undefined, isUnchanged);
  }

  /** A text that changes whenever the representation of a row does. Derived members change daily. */
  private stateOf(row: TextRow): string {
    const day = this.definition.derive ? new Date().toISOString().slice(0, 10) : '';
    return [row.xmin, row.ctid, this.serializer.countsText(row), day].join(' ');
  }

  /**
   * A strong ETag from the version. Computed values change without a new version, so the ETag of a representation with
   * computed values also contains their digest (docs/adr/0006). `If-Match` compares the version only.
   */
  private etag(row: TextRow): string {
    const { definition } = this;
    const derived = definition.derive ? JSON.stringify(definition.derive(this.parsed(row))) : '';
    const shown = `${this.serializer.computedText(row)}${derived}`;
    return shown === '' ? `"${row.version}"` : `"${row.version}-${crc32(shown).toString(16)}"`;
  }

  /** Created by the first read: then all resources whose documents are counted here are registered. */
  private get serializer(): DocumentSerializer {
    return (this.createdSerializer ??= new DocumentSerializer(
      this.definition,
      this.references.countsOf(this.definition.resource),
    ));
  }

  /** Deriving members needs the complete document; `fields` is applied afterwards. */
  private columns(fields?: string[]): string {
    if (fields && !this.definition.derive) return this.serializer.columns(fields);
    return (this.allColumns ??= this.serializer.columns());
  }

  private json(row: TextRow, fields?: string[]): string {
    const { definition } = this;
    if (!definition.derive) return this.serializer.json(row, fields);
    const document = this.parsed(row);
    const whole = { ...document, ...definition.derive(document) };
    const wanted = fields && new Set([definition.keyMember, 'version', 'match', ...fields]);
    return JSON.stringify(
      wanted ? Object.fromEntries(Object.entries(whole).filter(([member]) => wanted.has(member))) : whole,
    );
  }

  private parsed(row: TextRow): object {
    return JSON.parse(this.serializer.json(row)) as object;
  }
}

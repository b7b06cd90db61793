import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Database } from '../database/database';
import type { Author } from '../http/author';
import type { Preconditions } from '../http/preconditions';
import { Representation } from '../http/representation';
import type { Cursors } from '../pagination/cursor';
import { envelope } from '../pagination/envelope';
import { Problem } from '../problems/problem';
import { quote } from '../problems/violation';
import { KEY_PATTERN } from '../validation/properties';
import { validate } from '../validation/validate';
import type { DocumentDefinition } from './document-definition';
import { type DocumentRow, toDocument } from './document-rows';
import { documentJson } from './document-view';
import type { ItemQuery } from './item-query';
import type { DocumentWriter, WriteContext } from './document-writer';
import type { ListQuery } from './list-query';
import { listStatement, neighbours, type PageRow } from './list-statement';
import { mergePatch } from './merge-patch';
import type { ReferenceGraph } from './reference-graph';
import type { ReferenceMover } from './reference-mover';
import type { References } from './references';
import type { Revisions } from './revisions';

const KEY = new RegExp(KEY_PATTERN);

/** How a write differs from a plain one. */
export type WriteOptions = Partial<Pick<WriteContext, 'change' | 'reason' | 'lenient'>>;

interface ItemRow {
  json: string;
  version: number;
  computed: string;
}

/**
 * The documents of one resource: reads that PostgreSQL finishes as JSON text, and writes that it decides by version.
 * A service has one (`documents.of(definition)`); queries beyond it are the service's own.
 */
export class DocumentStore<Document extends object> {
  constructor(
    readonly definition: DocumentDefinition<Document>,
    readonly database: Database,
    private readonly writer: DocumentWriter,
    private readonly references: References,
    private readonly graph: ReferenceGraph,
    private readonly mover: ReferenceMover,
    private readonly revisions: Revisions,
    private readonly cursors: Cursors,
  ) {}

  /**
   * One document.
   *
   * @throws Problem 404 for an unknown, impossible or deleted key
   */
  async read(key: string, { fields, includeDeleted }: ItemQuery = { includeDeleted: false }): Promise<Representation> {
    const [row] = KEY.test(key)
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
    const [row] = await this.database.query<PageRow>(sql, parameters);
    if (!row) throw new Error('A list statement always gives one row.');
    const cursor = (direction: 'next' | 'prev', values: string[] | null) =>
      values && this.cursors.encode({ direction, values }, question);
    const { json, headers } = envelope(
      {
        rows: this.deriveRows(row.rows, query.fields),
        total: row.total ?? undefined,
        ...neighbours(row, paging, position),
        nextCursor: cursor('next', row.last),
        prevCursor: cursor('prev', row.first),
      },
      paging,
      url,
    );
    return new Representation(json, headers);
  }

  /**
   * Adds a document; without a key it gets one.
   *
   * @throws Problem 409 `already_exists`, `key_deleted`; 422 with every violation
   */
  async create(input: Document, author: Author, options: WriteOptions = {}): Promise<Representation> {
    const { keyMember, initialStatus, resource } = this.definition;
    const given = input as Record<string, unknown>;
    const key = (given[keyMember] as string | undefined) ?? `${this.definition.singular}-${randomUUID()}`;
    const document = {
      ...(initialStatus !== undefined && { status: initialStatus }),
      ...given,
      [keyMember]: key,
    } as Document;
    return this.database.transaction(async () => {
      await this.graph.lockGraphs(this.definition, [given]);
      const id = await this.writer.insert(this.definition, key, document, { author, change: 'created', ...options });
      if (id === undefined) throw await this.taken(key);
      return this.written(id, 201, { location: `/api/v1/${resource}/${key}` });
    });
  }

  /**
   * Changes a document by a function of what it is now. The row is locked while the function runs and the update names
   * the version it saw, so no concurrent write is lost.
   *
   * @throws Problem 404, 412 `precondition_failed`, 422 with every violation
   */
  async change(
    key: string,
    preconditions: Preconditions,
    author: Author,
    next: (before: Document) => Document | Promise<Document>,
    options: WriteOptions = {},
  ): Promise<Representation> {
    return this.database.transaction(async () => {
      const row = await this.lockLive(key, preconditions);
      await this.writer.update(this.definition, row, await next(toDocument(this.definition, row)), {
        author,
        change: 'updated',
        ...options,
      });
      return this.written(row.id, 200);
    });
  }

  /**
   * PUT: replaces the document of a version, or creates one where none may be.
   *
   * @throws Problem 428 `precondition_required`, 412, 409 `key_deleted`, 422
   */
  async replace(key: string, input: Document, preconditions: Preconditions, author: Author): Promise<Representation> {
    const { keyMember } = this.definition;
    const document = { ...input, [keyMember]: (input as Record<string, unknown>)[keyMember] ?? key } as Document;
    if (preconditions.ifAbsent) {
      if (!KEY.test(key)) throw this.notFound(key);
      this.refuseOtherKey(document, key);
      return this.create(document, author).catch((error: unknown) => {
        throw error instanceof Problem && error.code === 'already_exists'
          ? new Problem('precondition_failed', {
              detail: 'The document exists.',
              headers: error.headers,
              members: error.members,
            })
          : error;
      });
    }
    if (preconditions.ifMatch === undefined) throw new Problem('precondition_required');
    return this.database.transaction(async () => {
      await this.graph.lockGraphs(this.definition, [document as Record<string, unknown>]);
      return this.change(key, preconditions, author, (before) => {
        this.refuseOtherKey(document, (before as Record<string, string>)[keyMember] ?? key);
        const { status } = before as { status?: string };
        // A document that names no status keeps the one it has.
        return {
          ...(status !== undefined && { status }),
          ...document,
          [keyMember]: (before as Record<string, unknown>)[keyMember],
        };
      });
    });
  }

  /**
   * PATCH: a JSON merge patch (RFC 7396); the result is validated as a whole.
   *
   * @throws Problem 404, 412, 422
   */
  async patch(
    key: string,
    patch: Record<string, unknown>,
    preconditions: Preconditions,
    author: Author,
  ): Promise<Representation> {
    return this.database.transaction(async () => {
      await this.graph.lockGraphs(this.definition, [patch]);
      return this.change(key, preconditions, author, (before) => {
        const document = this.validated(mergePatch(before, patch));
        this.refuseOtherKey(document, (before as Record<string, string>)[this.definition.keyMember] ?? key);
        return document;
      });
    });
  }

  /**
   * Soft delete: the key stays taken, the history stays readable, `restore` brings the document back.
   *
   * @throws Problem 404, 412, 409 `in_use`
   */
  async remove(key: string, preconditions: Preconditions, author: Author): Promise<Representation> {
    return this.database.transaction(async () => {
      const row = await this.lockLive(key, preconditions);
      await this.writer.markDeleted(this.definition, row, { author, change: 'deleted' });
      // After the row is marked: a concurrent reference waits for it, or is seen here.
      await this.references.refuseIfUsed(this.definition.resource, row.key);
      return Representation.empty();
    });
  }

  /**
   * Soft delete after everything that mirrors a reference to this document was pointed at another one, in the same
   * transaction and each with its revision.
   *
   * @throws Problem 404, 409 `in_use`, 412, 422 for an unknown target or one below
   */
  async removeAndMove(
    key: string,
    target: string,
    preconditions: Preconditions,
    author: Author,
  ): Promise<Representation> {
    return this.database.transaction(async () => {
      await this.graph.lockGraphs(this.definition, [
        Object.fromEntries(this.definition.references?.map(({ member }) => [member, true]) ?? []),
      ]);
      const row = await this.lockLive(key, preconditions);
      await this.mover.move(this.definition, row, target, {
        author,
        change: 'moved',
        reason: `${row.key} was deleted`,
      });
      await this.writer.markDeleted(this.definition, row, { author, change: 'deleted' });
      await this.references.refuseIfUsed(this.definition.resource, row.key);
      return Representation.empty();
    });
  }

  /**
   * Brings a deleted document back; its references are checked again.
   *
   * @throws Problem 404, 409 `not_deleted`, 412, 422
   */
  async restore(key: string, preconditions: Preconditions, author: Author): Promise<Representation> {
    return this.database.transaction(async () => {
      await this.graph.lockGraphs(this.definition, [
        Object.fromEntries(this.definition.references?.map(({ member }) => [member, true]) ?? []),
      ]);
      const row = await this.lock(key, preconditions);
      if (!row.deleted) throw new Problem('not_deleted', { detail: `${quote(row.key)} is not deleted.` });
      await this.writer.update(this.definition, row, toDocument(this.definition, row), { author, change: 'restored' });
      return this.written(row.id, 200);
    });
  }

  /**
   * Makes a new version with the content of an old one; the status stays as it is.
   *
   * @throws Problem 404, 412, 422 (an unknown version, or a content that today's rules refuse)
   */
  async revert(key: string, version: number, preconditions: Preconditions, author: Author): Promise<Representation> {
    return this.database.transaction(async () => {
      const content = KEY.test(key) ? await this.revisions.content(this.definition, key, version) : undefined;
      await this.graph.lockGraphs(this.definition, content ? [content] : []);
      return this.change(
        key,
        preconditions,
        author,
        (before) => {
          if (!content)
            throw Problem.invalid([
              { pointer: '/version', code: 'invalid_value', detail: 'The document has no such version.' },
            ]);
          const { status } = before as { status?: string };
          return this.validated({ ...content, ...(status !== undefined && { status }) });
        },
        { change: 'reverted', reason: `to version ${version}` },
      );
    });
  }

  /** The versions of a document, newest first. @throws Problem 404, 400 */
  listRevisions(key: string, query: Record<string, unknown>, url: string): Promise<Representation> {
    return this.revisions.list(this.definition, key, query, url);
  }

  /** One version with its document. @throws Problem 404 */
  readRevision(key: string, version: string): Promise<Representation> {
    return this.revisions.read(this.definition, key, version);
  }

  /** @throws Problem 422 unless the value meets the schema of the resource */
  validated(input: unknown): Document {
    const { value, violations } = validate(this.definition.schema, input);
    if (violations.length > 0) throw Problem.invalid(violations);
    return value;
  }

  /** The row of a live document, locked until the transaction ends. */
  async lockLive(key: string, preconditions: Preconditions = {}): Promise<DocumentRow> {
    const row = await this.lock(key, preconditions);
    if (row.deleted) throw this.notFound(key);
    return row;
  }

  /** The row of a document, deleted or not, locked until the transaction ends; undefined where there is none. */
  async lockRow(key: string): Promise<DocumentRow | undefined> {
    const { resource, initialStatus } = this.definition;
    const [row] = await this.database.query<DocumentRow>(
      `SELECT id, key, version, data, ${initialStatus === undefined ? '' : 'status, '}deleted_at IS NOT NULL AS deleted FROM ${resource} WHERE lower(key) = lower($1) FOR UPDATE`,
      [key],
    );
    return row;
  }

  /** The answer to a write: the document as it is now. */
  async written(id: string, status: number, headers: Record<string, string> = {}): Promise<Representation> {
    const [row] = await this.select('id = $1', id);
    if (!row) throw new Error('A written document can be read.');
    const { json, headers: own } = this.represent(row);
    return new Representation(json, { ...own, ...headers }, status);
  }

  notFound(key: string): Problem {
    return new Problem('not_found', { detail: `There is no ${this.definition.singular} ${quote(key)}.` });
  }

  /** @throws Problem 409 unless the key is free: `already_exists`, or `key_deleted` which names the way back */
  async taken(key: string): Promise<Problem> {
    const { resource } = this.definition;
    const [row] = await this.database.query<{ key: string; version: number; deleted: boolean }>(
      `SELECT key, version, deleted_at IS NOT NULL AS deleted FROM ${resource} WHERE lower(key) = lower($1)`,
      [key],
    );
    const taken = row?.key ?? key;
    if (row?.deleted)
      return new Problem('key_deleted', {
        detail: `${quote(taken)} is deleted; POST /api/v1/${resource}/${taken}/restore brings it back.`,
      });
    return new Problem('already_exists', {
      detail: `${quote(taken)} exists already.`,
      members: { version: row?.version },
    });
  }

  private async lock(key: string, { ifMatch, ifAbsent }: Preconditions): Promise<DocumentRow> {
    const row = KEY.test(key) ? await this.lockRow(key) : undefined;
    if (!row) throw this.notFound(key);
    if (ifAbsent || (ifMatch !== undefined && ifMatch !== '*' && !ifMatch.includes(row.version))) {
      const [current] = await this.select('id = $1', row.id);
      const etag = current ? this.etag(current) : '';
      throw new Problem('precondition_failed', {
        detail: `The document has version ${row.version}.`,
        headers: { etag },
        members: { version: row.version, etag },
      });
    }
    return row;
  }

  private refuseOtherKey(document: Document, key: string): void {
    const { keyMember } = this.definition;
    const given = (document as Record<string, unknown>)[keyMember];
    if (typeof given === 'string' && given.toLowerCase() !== key.toLowerCase()) {
      throw Problem.invalid([
        { pointer: `/${keyMember}`, code: 'immutable', detail: `The key is ${quote(key)} and cannot be changed.` },
      ]);
    }
  }

  private select(condition: string, value: string, fields?: string[] | undefined): Promise<ItemRow[]> {
    const computed = Object.values(this.computed).map((sql) => `${sql}::text`);
    return this.database.query<ItemRow>(
      `SELECT ${this.json(fields)} AS json, version, concat_ws(' ', unresolved_refs::text, ${computed.join(', ') || 'NULL'}) AS computed
       FROM ${this.definition.resource} AS document WHERE ${condition}`,
      [value],
    );
  }

  private represent(row: ItemRow, fields?: string[] | undefined): Representation {
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
  private json(fields?: string[] | undefined): string {
    return documentJson(this.definition, this.computed, this.definition.derive ? undefined : fields);
  }

  private deriveRows(rows: string, fields?: string[] | undefined): string {
    const { derive, keyMember } = this.definition;
    if (!derive) return rows;
    const documents = JSON.parse(`[${rows}]`) as Document[];
    const wanted = fields && new Set([keyMember, 'version', ...fields]);
    const shown = documents.map((document) => {
      const whole = { ...document, ...derive(document) };
      return wanted ? Object.fromEntries(Object.entries(whole).filter(([member]) => wanted.has(member))) : whole;
    });
    return shown.map((document) => JSON.stringify(document)).join(',');
  }
}

import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database';
import type { Author } from '../identity/author';
import { Problem } from '../problems/problem';
import { Representation } from '../responses/representation';
import { isKey } from '../validation/properties';
import { validate } from '../validation/validate';
import { MAX_ERRORS, quote, type Violation } from '../validation/violation';
import { readBulkItems } from './bulk/bulk-items';
import { bulkResponse } from './bulk/bulk-response';
import type { BulkOptions } from './bulk/bulk-result';
import type { DocumentDefinition } from './definition/document-definition';
import { type DocumentRow, toDocument } from './definition/document-rows';
import type { DocumentEngine } from './document-engine';
import type { DocumentReader } from './read/document-reader';
import { type IntendedWrite, lockReferences } from './references/reference-locks';
import { DocumentLocks } from './write/document-locks';
import type { WriteContext } from './write/document-writer';
import { isObject, mergePatch } from './write/merge-patch';
import { moveReferences } from './write/move-references';
import { respellReferences } from './write/respell-references';
import type { WriteRequest } from './write/write-request';

/** How a change differs from an ordinary update. */
export type ChangeOptions = Partial<Pick<WriteContext, 'change' | 'reason' | 'recordUnchanged'>> &
  Pick<IntendedWrite, 'excludesReferences'>;

/**
 * Writes the documents of one resource with optimistic concurrency control. `reader` reads them. Each resource has one
 * store, created by `DocumentStores.of(definition)`; queries beyond it belong to the service of the resource.
 */
export class DocumentStore<Document extends object> {
  readonly database: Database;
  readonly locks: DocumentLocks;

  constructor(
    readonly definition: DocumentDefinition<Document>,
    readonly reader: DocumentReader,
    private readonly engine: DocumentEngine,
  ) {
    this.database = engine.database;
    this.locks = new DocumentLocks(reader, engine.database);
  }

  /**
   * Creates a document. Without a key it gets a generated one.
   *
   * @throws Problem 409 `already_exists`, `key_deleted`; 422 with every violation
   */
  async create(input: Document, author: Author): Promise<Representation> {
    const { keyMember, initialStatus: status, resource, singular } = this.definition;
    const key = this.keyIn(input) ?? `${singular}-${randomUUID()}`;
    const document = { ...(status !== undefined && { status }), ...input, [keyMember]: key };
    return this.transaction({ inputs: [document], creates: true }, async () => {
      const pending = await this.engine.rowLocks.lockForWrites(this.definition, [key], false);
      await respellReferences(this.engine, this.definition, [key], pending, author);
      const id = await this.engine.writer.insert(this.definition, key, document, { author, change: 'created' });
      if (id === undefined) throw await this.locks.keyConflict(key);
      return this.reader.written(id, 201, { location: `/api/v1/${resource}/${key}` });
    });
  }

  /**
   * Changes a document by a function of its current content. The row is locked while the function runs and the UPDATE
   * names the version it read, so no concurrent write is lost.
   *
   * @throws Problem 404, 412 `precondition_failed`, 422 with every violation
   */
  async change(
    { key, preconditions, author }: WriteRequest,
    next: (before: Document) => Document | Promise<Document>,
    { excludesReferences, ...options }: ChangeOptions = {},
  ): Promise<Representation> {
    return this.transaction({ inputs: [], excludesReferences }, async () => {
      const row = await this.locks.lockLive(key, preconditions, excludesReferences ? 'FOR UPDATE' : undefined);
      await this.engine.writer.update(this.definition, row, await next(toDocument(this.definition, row)), {
        author,
        change: 'updated',
        ...options,
      });
      return this.reader.written(row.id, 200);
    });
  }

  /**
   * PUT: replaces the document with `If-Match`, creates it with `If-None-Match: *`.
   *
   * @throws Problem 428 `precondition_required`, 412, 409 `key_deleted`, 422
   */
  async replace(input: Document, write: WriteRequest): Promise<Representation> {
    const { ifAbsent, ifMatch } = write.preconditions;
    const document = { ...input, [this.definition.keyMember]: this.keyIn(input) ?? write.key };
    if (ifAbsent) return this.createAt(document, write);
    if (ifMatch === undefined) throw new Problem('precondition_required');
    return this.transaction({ inputs: [document] }, () =>
      this.change(write, (before) => this.withIdentityOf(before, document)),
    );
  }

  /**
   * PATCH: applies a JSON merge patch (RFC 7396) and validates the result.
   *
   * @throws Problem 404, 412, 422
   */
  async patch(patch: unknown, write: WriteRequest): Promise<Representation> {
    // By RFC 7396 a patch that is not an object replaces the document.
    if (!isObject(patch))
      throw Problem.invalid([{ pointer: '', code: 'invalid_type', detail: 'The value must be an object.' }]);
    return this.transaction({ inputs: [patch] }, () =>
      this.change(write, (before) => this.withIdentityOf(before, this.validated(mergePatch(before, patch), patch))),
    );
  }

  /**
   * Soft delete: the key stays taken, the revisions stay readable, `restore` undoes it.
   *
   * @throws Problem 404, 412, 409 `in_use`
   */
  async remove(write: WriteRequest): Promise<Representation> {
    return this.database.transaction(() => this.markDeleted(write));
  }

  /**
   * Soft delete after all foreign-key references to the document were moved to another document, in one transaction
   * and with a revision for each moved document.
   *
   * @throws Problem 404, 409 `in_use`, 412; 400 for an unknown target or a descendant, 422 when the tree gets too deep
   */
  async removeAndMove(target: string, write: WriteRequest): Promise<Representation> {
    return this.transaction({ excludesReferences: true }, () =>
      this.markDeleted(write, (row) => {
        const reason = `${row.key} was deleted`;
        const context = { author: write.author, change: 'moved', reason } as const;
        return moveReferences(this.engine, this.definition, row, target, context);
      }),
    );
  }

  /**
   * Restores a deleted document after checking its references again.
   *
   * @throws Problem 404, 409 `not_deleted`, 412, 422
   */
  async restore({ key, preconditions, author }: WriteRequest): Promise<Representation> {
    return this.transaction({ creates: true }, async () => {
      const pending = await this.engine.rowLocks.lockForWrites(this.definition, [key], true);
      const row = await this.locks.lockRow(key, preconditions);
      if (!row.deleted) throw new Problem('not_deleted', { detail: `${quote(row.key)} is not deleted.` });
      await respellReferences(this.engine, this.definition, [row.key], pending, author);
      const context = { author, change: 'restored' } as const;
      await this.engine.writer.update(this.definition, row, toDocument(this.definition, row), context);
      return this.reader.written(row.id, 200);
    });
  }

  /**
   * Creates a new version with the content of an old one; the status does not change.
   *
   * @throws Problem 404, 412, 422 (an unknown version, or content that the present rules do not allow)
   */
  async revert(version: number, write: WriteRequest): Promise<Representation> {
    const { key } = write;
    return this.database.transaction(async () => {
      const content = isKey(key) ? await this.reader.revisions.content(key, version) : undefined;
      await lockReferences(this.database, this.definition, { inputs: content ? [content] : [] });
      const next = (before: Document): Document => {
        if (!content)
          throw Problem.invalid([
            { pointer: '/version', code: 'invalid_value', detail: 'The document has no such version.' },
          ]);
        const { status } = before as { status?: string };
        return this.validated({ ...content, ...(status !== undefined && { status }) });
      };
      return this.change(write, next, { change: 'reverted', reason: `to version ${version}` });
    });
  }

  /** Writes many documents, from NDJSON or `{"items":[…]}`. @throws Problem 400, 422 `bulk_refused` */
  async bulk(body: unknown, options: BulkOptions, author: Author): Promise<Representation> {
    return bulkResponse(await this.engine.bulk.write(this, readBulkItems(body), options, author), options);
  }

  /** Creates a document at a given key. @throws Problem 404, 409 `key_deleted`, 412 when it exists, 422 */
  private async createAt(document: Document, { key, author }: WriteRequest): Promise<Representation> {
    if (!isKey(key)) throw this.reader.notFound(key);
    this.requireSameKey(document, key);
    try {
      return await this.create(this.validated(document), author);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'already_exists') throw error;
      const { headers, members } = error;
      throw new Problem('precondition_failed', { detail: 'The document exists.', headers, members });
    }
  }

  /**
   * @param patch other members than its own may have characters that were allowed when they were written
   * @throws Problem 422 unless the value matches the schema of the resource
   */
  private validated(input: unknown, patch?: object): Document {
    const { value, violations } = validate(this.definition.schema, input);
    const isNew = ({ code, pointer }: Violation) =>
      !patch || code !== 'invalid_character' || Object.hasOwn(patch, pointer?.split('/')[1] ?? '');
    // Beyond the maximum, not every violation is known.
    const found = violations.length > MAX_ERRORS ? violations : violations.filter(isNew);
    if (found.length > 0) throw Problem.invalid(found);
    return value;
  }

  /** Runs `work` in a transaction that holds the locks of the references. */
  private async transaction<T>(intended: IntendedWrite, work: () => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      await lockReferences(this.database, this.definition, intended);
      return work();
    });
  }

  /** Marks a document as deleted after `prepare`. */
  private async markDeleted(
    { key, preconditions, author }: WriteRequest,
    prepare?: (row: DocumentRow) => Promise<void>,
  ): Promise<Representation> {
    await this.engine.rowLocks.lockForDeletion(this.definition, key, prepare !== undefined);
    const row = await this.locks.lockLive(key, preconditions, 'FOR UPDATE');
    await prepare?.(row);
    await this.engine.writer.markDeleted(this.definition, row, { author, change: 'deleted' });
    // After the row is marked: a concurrent reference waits for this transaction or is visible here.
    await this.engine.references.release(this.definition.resource, row.key);
    return Representation.empty();
  }

  private keyIn(document: Document): string | undefined {
    return (document as Record<string, string | undefined>)[this.definition.keyMember];
  }

  /**
   * Returns the document with its present key, and with its present status unless it has one.
   *
   * @throws Problem 422 `immutable` when the document has another key
   */
  private withIdentityOf(before: Document, document: Document): Document {
    const { keyMember } = this.definition;
    const { status, [keyMember]: key = '' } = before as Record<string, string | undefined>;
    this.requireSameKey(document, key);
    return { ...(status !== undefined && { status }), ...document, [keyMember]: key };
  }

  /** @throws Problem 422 `immutable` when the document has another key */
  private requireSameKey(document: Document, key: string): void {
    const given = this.keyIn(document);
    if (given === undefined || given.toLowerCase() === key.toLowerCase()) return;
    const detail = `The key is ${quote(key)} and cannot be changed.`;
    throw Problem.invalid([{ pointer: `/${this.definition.keyMember}`, code: 'immutable', detail }]);
  }
}

import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database';
import type { Author } from '../identity/author';
import type { Preconditions } from '../responses/preconditions';
import { Representation } from '../responses/representation';
import { Problem } from '../problems/problem';
import { quote } from '../validation/violation';
import { isKey } from '../validation/properties';
import { validate } from '../validation/validate';
import { answerBulk } from './bulk/bulk-request';
import type { BulkOptions } from './bulk/bulk-result';
import type { DocumentDefinition } from './definition/document-definition';
import { DocumentLocks } from './write/document-locks';
import type { DocumentReader } from './read/document-reader';
import { toDocument } from './definition/document-rows';
import type { DocumentEngine } from './document-engine';
import type { WriteContext } from './write/document-writer';
import { isObject, mergePatch } from './write/merge-patch';

/** How a write differs from a plain one. */
export type WriteOptions = Partial<Pick<WriteContext, 'change' | 'reason' | 'recordUnchanged' | 'lenient'>>;

/**
 * Writes the documents of one resource; the database decides each write by the version it names. Reads are its reader's.
 * A service has one store (`documents.of(definition)`); queries beyond it are the service's own.
 */
export class DocumentStore<Document extends object> {
  readonly database: Database;
  readonly locks: DocumentLocks;

  constructor(
    readonly definition: DocumentDefinition<Document>,
    readonly reader: DocumentReader<Document>,
    private readonly engine: DocumentEngine,
  ) {
    this.database = engine.database;
    this.locks = new DocumentLocks(reader, engine.database);
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
      await this.engine.referenceLocks.take(this.definition, { inputs: [given], creates: true });
      const id = await this.engine.writer.insert(this.definition, key, document, {
        author,
        change: 'created',
        ...options,
      });
      if (id === undefined) throw await this.locks.taken(key);
      return this.reader.written(id, 201, { location: `/api/v1/${resource}/${key}` });
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
      const row = await this.locks.live(key, preconditions);
      await this.engine.writer.update(this.definition, row, await next(toDocument(this.definition, row)), {
        author,
        change: 'updated',
        ...options,
      });
      return this.reader.written(row.id, 200);
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
      if (!isKey(key)) throw this.reader.notFound(key);
      this.refuseOtherKey(document, key);
      return this.create(this.validated(document), author).catch((error: unknown) => {
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
      await this.engine.referenceLocks.take(this.definition, { inputs: [document as Record<string, unknown>] });
      return this.change(key, preconditions, author, (before) => {
        this.refuseOtherKey(document, (before as Record<string, string>)[keyMember] ?? key);
        return this.identified(before, document);
      });
    });
  }

  /**
   * PATCH: a JSON merge patch (RFC 7396); the result is validated as a whole.
   *
   * @throws Problem 404, 412, 422
   */
  async patch(key: string, patch: unknown, preconditions: Preconditions, author: Author): Promise<Representation> {
    // Anything but an object would take the document's place.
    if (!isObject(patch))
      throw Problem.invalid([{ pointer: '', code: 'invalid_type', detail: 'The value must be an object.' }]);
    return this.database.transaction(async () => {
      await this.engine.referenceLocks.take(this.definition, { inputs: [patch] });
      return this.change(key, preconditions, author, (before) => {
        const document = this.validated(mergePatch(before, patch));
        this.refuseOtherKey(document, (before as Record<string, string>)[this.definition.keyMember] ?? key);
        return this.identified(before, document);
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
      const row = await this.locks.live(key, preconditions);
      await this.engine.writer.markDeleted(this.definition, row, { author, change: 'deleted' });
      // After the row is marked: a concurrent reference waits for it, or is seen here.
      await this.engine.references.release(this.definition.resource, row.key);
      return Representation.empty();
    });
  }

  /**
   * Soft delete after everything that mirrors a reference to this document was pointed at another one, in the same
   * transaction and each with its revision.
   *
   * @throws Problem 404, 409 `in_use`, 412; 400 for an unknown target or one below, 422 for a tree too deep
   */
  async removeAndMove(
    key: string,
    target: string,
    preconditions: Preconditions,
    author: Author,
  ): Promise<Representation> {
    return this.database.transaction(async () => {
      await this.engine.referenceLocks.take(this.definition, {});
      const row = await this.locks.live(key, preconditions);
      await this.engine.mover.move(this.definition, row, target, {
        author,
        change: 'moved',
        reason: `${row.key} was deleted`,
      });
      await this.engine.writer.markDeleted(this.definition, row, { author, change: 'deleted' });
      await this.engine.references.release(this.definition.resource, row.key);
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
      await this.engine.referenceLocks.take(this.definition, { creates: true });
      const row = await this.locks.document(key, preconditions);
      if (!row.deleted) throw new Problem('not_deleted', { detail: `${quote(row.key)} is not deleted.` });
      await this.engine.writer.update(this.definition, row, toDocument(this.definition, row), {
        author,
        change: 'restored',
      });
      return this.reader.written(row.id, 200);
    });
  }

  /**
   * Makes a new version with the content of an old one; the status stays as it is.
   *
   * @throws Problem 404, 412, 422 (an unknown version, or a content that today's rules refuse)
   */
  async revert(key: string, version: number, preconditions: Preconditions, author: Author): Promise<Representation> {
    return this.database.transaction(async () => {
      const content = isKey(key) ? await this.engine.revisions.content(this.definition, key, version) : undefined;
      await this.engine.referenceLocks.take(this.definition, { inputs: content ? [content] : [] });
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

  /**
   * Writes many documents, from NDJSON or `{"items":[…]}`.
   *
   * @throws Problem 400, 422 `bulk_refused`
   */
  bulk(body: unknown, options: BulkOptions, author: Author): Promise<Representation> {
    return answerBulk(this.engine.bulk, this, body, options, author);
  }

  /** @throws Problem 422 unless the value meets the schema of the resource */
  validated(input: unknown): Document {
    const { value, violations } = validate(this.definition.schema, input);
    if (violations.length > 0) throw Problem.invalid(violations);
    return value;
  }

  /** The document with the key it has; one that names no status keeps that too. */
  private identified(before: Document, document: Document): Document {
    const { keyMember } = this.definition;
    const { status, [keyMember]: key } = before as Record<string, unknown>;
    return { ...(status !== undefined && { status }), ...document, [keyMember]: key };
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
}

import type { Type } from '@nestjs/common';
import type { Violation } from '../../validation/violation';
import type { DocumentEntity } from './document.entity';
import type { DocumentFields } from './document-fields';
import type { ForeignFormat } from './export-format';

/** The kinds of write that a revision records. */
export const CHANGES = ['created', 'updated', 'transitioned', 'deleted', 'restored', 'reverted', 'moved'] as const;
export type Change = (typeof CHANGES)[number];

/** A member of a document that holds keys of other documents. */
export interface Reference {
  /** The resource referred to: the name of its table. */
  readonly to: string;
  /** The top-level member that holds the key or the list of keys. */
  readonly member: string;
  /** SQL for the keys as a JSON array of strings, with a GIN index; for a member that is not a plain key or list. */
  readonly keysSql?: string;
  /** Returns the keys with the JSON pointer of each; for a member that is not a plain key or list. */
  readonly keysOf?: (document: Record<string, unknown>) => { key: string; pointer: string }[];
  /** The foreign-key column that mirrors a plain key. */
  readonly column?: string;
  /** The reference must not close a cycle. */
  readonly acyclic?: true;
  /** The maximum depth of the tree that the reference forms. */
  readonly maxDepth?: number;
  /** The read-only member of the referenced document that counts these references. */
  readonly countedAs?: string;
  /** SQL condition on the referring document under which the referenced one cannot be deleted; always by default. */
  readonly holdsWhile?: string;
}

/**
 * Bodies for the documentation. Each request works as it stands on the catalogue of `make dev`, in the order of the
 * page: `replace` and `patch` are for `exampleKey`; what `create` creates is deleted and restored.
 */
export interface DocumentExamples<Document extends object = object> {
  readonly create: Document;
  readonly replace: Document;
  readonly patch: Partial<Document>;
  /** Bodies of other routes of one document, by method and path after the key. */
  readonly steps?: Readonly<Record<string, object>>;
}

/** The declaration of one resource, from which the document store works. */
export interface DocumentDefinition<Document extends object = object> {
  /** Route segment, table name and name in revisions: `metrics`. */
  readonly resource: string;
  /** The noun for one document in messages: `metric`. */
  readonly singular: string;
  /** The member that holds the key: `metric_id`. */
  readonly keyMember: string;
  /** A key for the documentation: of a document in catalog/, or of the one that `examples.create` creates. */
  readonly exampleKey: string;
  readonly examples: DocumentExamples<Document>;
  readonly entity: abstract new () => DocumentEntity<Document>;
  readonly fields: DocumentFields;
  /** The class whose schema validates and documents a document. */
  readonly schema: Type<Document>;
  /** The status of a new document without one; absent when the resource has no status. */
  readonly initialStatus?: string;
  readonly references?: readonly Reference[];
  /** The formats of other software that can describe a document; every resource can be exported as mdl and csv. */
  readonly formats?: readonly ForeignFormat[];
  /** Members whose change breaks consumers of the document. */
  readonly breaking?: readonly string[];
  /** Adds values that the client left out; called before validation, inside the transaction. */
  complete?(document: Document): Promise<Document>;
  /** Validates beyond the schema; called before each write with the new document and the kind of write. */
  rules?(next: Document, previous: Document | undefined, change: Change): Violation[];
  /** Validates against documents with another status, and not in the initial one; called inside the transaction. */
  storedRules?(next: Document): Promise<Violation[]>;
  /** Computes members when a document is read; they are not stored. */
  derive?(document: Document): Record<string, unknown>;
}

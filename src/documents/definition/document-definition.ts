import type { Violation } from '../../validation/violation';
import type { SchemaClass } from '../../validation/schema';
import type { DocumentEntity } from './document.entity';
import type { DocumentFields } from './document-fields';
import type { Change } from '../revisions/revision.entity';

/** A place in a document that names keys of other documents. */
export interface Reference {
  /** The resource referred to: the name of its table. */
  readonly to: string;
  /** The top-level member that holds the key, or the list of keys. */
  readonly member: string;
  /** SQL for the keys as a JSON array of strings, indexed by GIN, where the member is no plain key. */
  readonly keysSql?: string;
  /** The keys with the pointer of each, where the member is no plain key or list of keys. */
  readonly keysOf?: (document: Record<string, unknown>) => { key: string; pointer: string }[];
  /** The foreign-key column that mirrors a plain key. */
  readonly column?: string;
  /** Set where the reference must not close a cycle, with the depth a tree may have. */
  readonly acyclic?: true;
  readonly maxDepth?: number;
  /** The read-only member of the document referred to that counts these references. */
  readonly countedAs?: string;
  /** Whether a live document keeps the one it names from being deleted; a condition, all live documents by default. */
  readonly holdsWhile?: string;
}

/** What one resource tells the document store about itself. */
export interface DocumentDefinition<Document extends object = object> {
  /** Route segment, table and name in revisions: `metrics`. */
  readonly resource: string;
  /** One of them, in messages: `metric`. */
  readonly singular: string;
  /** The member that holds the key: `metric_id`. */
  readonly keyMember: string;
  readonly entity: abstract new () => DocumentEntity<Document>;
  readonly fields: DocumentFields;
  /** The class whose schema a document must meet. */
  readonly schema: SchemaClass<Document>;
  /** The status of a new document that names none; absent where the resource has no status. */
  readonly initialStatus?: string;
  readonly references?: readonly Reference[];
  /** Members whose change breaks the consumers of a document. */
  readonly breaking?: readonly string[];
  /** Fills what a document leaves to others before it is judged; called within the writing transaction. */
  complete?(document: Document): Promise<Document>;
  /** Rules beyond the schema; called before each write with the document as it will be, and what the write is. */
  rules?(next: Document, previous: Document | undefined, change: Change): Violation[];
  /** Rules that need the database; called within the writing transaction. */
  storedRules?(next: Document): Promise<Violation[]>;
  /** Members computed on read by the service itself. */
  derive?(document: Document): Record<string, unknown>;
}

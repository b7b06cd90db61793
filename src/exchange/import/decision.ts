import type { JsonObject } from '../files/catalogue-entry';
import type { DocumentConflict } from './import-report';

/** A violation of a document of an import. */
export interface ImportViolation {
  pointer?: string;
  code: string;
  detail: string;
}

/** What an import does with a document. */
export interface Decision {
  result: 'write' | 'unchanged' | 'refused';
  /** The document to write; for a refused one the document that was checked. */
  document: JsonObject;
  violations: readonly ImportViolation[];
  /** What the source says of the document, where it is new or has changed. */
  base?: JsonObject | undefined;
  conflicts: readonly DocumentConflict[];
  notes: readonly string[];
  /** The status to take after the document is written. */
  transition?: string | undefined;
}

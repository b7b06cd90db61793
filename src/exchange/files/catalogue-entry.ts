/** The resources that the first Metrics Definition Library had. */
export type FirstMdlResource = 'metrics' | 'domains' | 'objectives';

export type JsonObject = Record<string, unknown>;

/** A place in a file. `pointer` (RFC 6901) is '' for a whole file or line. */
export interface Place {
  line: number;
  pointer: string;
}

/** The form of a document: that of this service, or that of the first Metrics Definition Library. */
export type DocumentForm = { form: 'own'; resource: string } | { form: 'first-mdl'; resource: FirstMdlResource };

/** One document as it is in the file. */
export type CatalogueRecord = Place & DocumentForm & { kind: 'record'; document: JsonObject };

/** A remark about a place. `detail` is for people. */
export interface Note extends Place {
  detail: string;
}

/** Why a line or document cannot be imported. `code` is stable snake_case. */
export interface Refusal extends Note {
  code: string;
  /** The key of the document, where it is known. */
  key?: string;
  /** The value at the pointer, as JSON text of at most 100 characters. */
  value?: string;
}

/** A line or document that cannot be imported. */
export type RefusedEntry = Refusal & { kind: 'refused' };

/** A remark that does not prevent the import. */
export type CatalogueNote = Note & { kind: 'note' };

/** Something that the file has and that documents have no member for. */
export interface LossEntry extends Note {
  kind: 'loss';
  /** What it is, as the format names it: `saved_queries`. Losses are counted by name. */
  name: string;
}

/** A document in the form of this service, with its place in the file. */
export interface ReadyDocument extends Place {
  kind: 'ready';
  resource: string;
  key: string;
  document: JsonObject;
}

export type CatalogueEntry = CatalogueRecord | RefusedEntry | CatalogueNote;

export function refused({ line, pointer }: Place, code: string, detail: string): RefusedEntry {
  return { kind: 'refused', line, pointer, code, detail };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

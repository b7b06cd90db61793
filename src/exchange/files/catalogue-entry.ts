/** The resources that the first Metrics Definition Library had. */
export type FirstMdlResource = 'metrics' | 'domains' | 'objectives';

export type JsonObject = Record<string, unknown>;

/** A place in a file. `pointer` (RFC 6901) is '' for a whole file or line. */
export interface Place {
  line: number;
  pointer: string;
}

/** A document with the form of this service. */
interface OwnRecord extends Place {
  kind: 'record';
  form: 'own';
  resource: string;
  document: JsonObject;
}

/** A document with the form of the first Metrics Definition Library. */
interface FirstMdlRecord extends Place {
  kind: 'record';
  form: 'first-mdl';
  resource: FirstMdlResource;
  document: JsonObject;
}

/** One document as it is in the file. */
export type CatalogueRecord = OwnRecord | FirstMdlRecord;

/** Why a line or document cannot be imported. `code` is stable snake_case; `detail` is for people. */
export interface Refusal extends Place {
  code: string;
  detail: string;
}

/** A line or document that cannot be imported. */
export type RefusedEntry = Refusal & { kind: 'refused' };

/** A remark that does not prevent the import. */
export interface CatalogueNote extends Place {
  kind: 'note';
  detail: string;
}

export type CatalogueEntry = CatalogueRecord | RefusedEntry | CatalogueNote;

export function refused({ line, pointer }: Place, code: string, detail: string): RefusedEntry {
  return { kind: 'refused', line, pointer, code, detail };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

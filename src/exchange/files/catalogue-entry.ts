/** The three kinds of document a catalogue holds, named as in the API's paths. */
export type Resource = 'metrics' | 'domains' | 'objectives';

/** `own`: this service's documents. `first-mdl`: those of the first Metrics Definition Library. */
export type DocumentForm = 'own' | 'first-mdl';

/** The field that holds the key of a document in our form. */
export const KEY_FIELDS = {
  metrics: 'metric_id',
  domains: 'domain_id',
  objectives: 'objective_id',
} as const satisfies Record<Resource, string>;

export type JsonObject = Record<string, unknown>;

/** Where in a file something was found: `pointer` (RFC 6901) is '' for a whole file or line. */
export interface Place {
  line: number;
  pointer: string;
}

/** One document as the file has it. */
export interface CatalogueRecord extends Place {
  kind: 'record';
  resource: Resource;
  form: DocumentForm;
  document: JsonObject;
}

/** A line or document that can't be imported. `code` is snake_case and stable, `detail` is for people. */
export interface RefusedLine extends Place {
  kind: 'refused';
  code: string;
  detail: string;
}

/** Something the user should know that refuses nothing. */
export interface CatalogueNote extends Place {
  kind: 'note';
  detail: string;
}

export type CatalogueEntry = CatalogueRecord | RefusedLine | CatalogueNote;

export function refused(place: Place, code: string, detail: string): RefusedLine {
  return { kind: 'refused', line: place.line, pointer: place.pointer, code, detail };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One more step of a JSON pointer, escaped as RFC 6901 asks. */
export function pointerStep(segment: string | number): string {
  return `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

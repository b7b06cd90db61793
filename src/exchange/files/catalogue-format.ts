import type { CatalogueNote, LossEntry, ReadyDocument, RefusedEntry } from './catalogue-entry';
import type { ParsedText } from './parsed-text';

/** A JSON file, or one document of a YAML file. */
export interface CataloguePart {
  path: string;
  parsed: ParsedText;
}

/** What a format finds in a part; `path` is that of the part. */
export type FormatEntry = { path: string } & (ReadyDocument | RefusedEntry | CatalogueNote | LossEntry);

/** A format of other software. Its definitions are converted to documents of this service. */
export interface CatalogueFormat {
  /** As in `format=` and in `extra.<name>`: `dbt`. */
  readonly name: string;
  /** How certainly a value has this format, from 0 to 1. It looks at the outermost members only. */
  detect(value: unknown): number;
  /** Converts all parts of an import that have this format. They are read together because they refer to each other. */
  read(parts: readonly CataloguePart[]): Iterable<FormatEntry>;
  /** What a value is that the format knows but does not read: "an Ossie ontology; only semantic models are read". */
  describeUnreadable?(value: unknown): string | undefined;
}

/** Finds the format that a value has most certainly. */
export function formatOf(formats: readonly CatalogueFormat[], value: unknown): CatalogueFormat | undefined {
  const [best] = formats
    .map((format) => ({ format, certainty: format.detect(value) }))
    .filter(({ certainty }) => certainty > 0)
    .sort((a, b) => b.certainty - a.certainty);
  return best?.format;
}

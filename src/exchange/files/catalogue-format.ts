import type { Resources } from '../resources';
import type { CatalogueEntry, CatalogueNote, LossEntry, ReadyDocument, RefusedEntry } from './catalogue-entry';
import type { ParsedText } from './parsed-text';

/** A JSON file, or one document of a YAML file. */
export interface CataloguePart {
  path: string;
  parsed: ParsedText;
}

/** What a format finds in a part; `path` is that of the part. */
export type FormatEntry = { path: string } & (ReadyDocument | RefusedEntry | CatalogueNote | LossEntry);

/** Reads the documents of a file, one after the other. */
export type FileReader = (path: string, resources: Resources) => AsyncIterable<CatalogueEntry>;

/** A format of other software. Its definitions are converted to documents of this service. */
export interface CatalogueFormat {
  /** As in `format=` and in `extra.<name>`: `dbt`. */
  readonly name: string;
  /** How certainly a value has this format, from 0 to 1. It looks at the outermost members only. */
  detect(value: unknown): number;
  /** Converts all parts of an import that have this format. They are read together because they refer to each other. May empty the list. */
  read(parts: CataloguePart[]): Iterable<FormatEntry>;
  /**
   * For a format that is neither JSON nor YAML: how to read a file with this first line; undefined if it has another
   * format.
   *
   * @param extension the extension, where neither the content nor another format decides
   */
  streamReader?(firstLine: string, resources: Resources, extension?: string): FileReader | undefined;
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

/** What a value is that one of the formats knows but does not read; undefined if none knows it. */
export function describeUnreadable(formats: readonly CatalogueFormat[], value: unknown): string | undefined {
  for (const format of formats) {
    const description = format.describeUnreadable?.(value);
    if (description !== undefined) return description;
  }
  return undefined;
}

/** Finds the reader of a file that is neither JSON nor YAML. */
export function streamReaderOf(
  formats: readonly CatalogueFormat[],
  ...file: Parameters<NonNullable<CatalogueFormat['streamReader']>>
): FileReader | undefined {
  for (const format of formats) {
    const reader = format.streamReader?.(...file);
    if (reader) return reader;
  }
  return undefined;
}

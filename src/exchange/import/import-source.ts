import {
  type CatalogueEntry,
  type CatalogueRecord,
  type FirstMdlResource,
  type JsonObject,
  type ReadyDocument,
  refused,
} from '../files/catalogue-entry';
import { type ForeignPart, readCatalogueFile } from '../files/catalogue-file';
import type { CatalogueFormat, CataloguePart, FormatEntry } from '../files/catalogue-format';
import { DomainDirectory } from '../first-mdl/domain-directory';
import { domainFromFirstMdl } from '../first-mdl/domain';
import { metricFromFirstMdl } from '../first-mdl/metric';
import { objectiveFromFirstMdl } from '../first-mdl/objective';
import { FORMATS } from '../formats';
import type { Resources } from '../resources';
import { ownDocument } from './own-form';

export type ImportEntry = FormatEntry;

/** The forms that `files/` reads, as names of formats. */
const OWN_FORMATS = ['mdl', 'mdl1'];

/** The names of all formats. */
export const FORMAT_NAMES: readonly string[] = [...OWN_FORMATS, ...FORMATS.map(({ name }) => name)];

interface ReadOptions {
  /** Domains that the catalogue has already. */
  domains?: DomainDirectory;
  /** The format of the files; found by their content by default. */
  format?: string | null | undefined;
}

/** The formats to look for: all, none beside the own forms, or one, which every value has then. */
function formatsNamed(name: string | null | undefined): readonly CatalogueFormat[] {
  if (name === null || name === undefined) return FORMATS;
  const found = FORMATS.find((format) => format.name === name);
  return found ? [Object.create(found, { detect: { value: () => 1 } }) as CatalogueFormat] : [];
}

/**
 * Reads the documents of catalogue files, in the order of the files. Files are read twice, first for the names of
 * domains, so pipes are not supported; those of other formats, which name no domains, are read once. NDJSON and CSV are
 * streamed; a JSON or YAML file is held in memory. Of several documents with one key in a file the first is read.
 */
export async function* readImport(
  paths: readonly string[],
  resources: Resources,
  { domains = new DomainDirectory(), format }: ReadOptions = {},
): AsyncGenerator<ImportEntry> {
  const formats = formatsNamed(format);
  const foreign: ForeignParts = new Map();
  const others: string[] = [];
  for (const path of paths) {
    const parts: ForeignPart[] = [];
    let hasOthers = false;
    for await (const entry of entriesOf(path, resources, formats)) {
      if (entry.kind === 'record') domains.addRecord(entry);
      if (entry.kind === 'part') parts.push(entry);
      else hasOthers = true;
    }
    if (hasOthers) others.push(path);
    else for (const part of parts) addPart(foreign, path, part);
  }
  const seen = new Map<string, { path: string; line: number }>();
  for await (const entry of convertedEntries(paths, others, resources, domains, formats, foreign)) {
    if (entry.kind !== 'ready') {
      yield entry;
      continue;
    }
    const { path, line, pointer, key } = entry;
    const id = identity(entry);
    const earlier = seen.get(id);
    if (earlier?.path === path) {
      const detail = `The key ${key} is already in line ${earlier.line}.`;
      yield { path, ...refused(entry, 'duplicate_document', detail), key };
      continue;
    }
    if (earlier) {
      const detail = `The key ${key} is also in ${earlier.path} line ${earlier.line}; this later document is used.`;
      yield { path, kind: 'note', line, pointer, detail };
    }
    seen.set(id, { path, line });
    yield entry;
  }
}

/** The parts of files by their format. */
type ForeignParts = Map<CatalogueFormat, CataloguePart[]>;

function addPart(parts: ForeignParts, path: string, { format, parsed }: ForeignPart): void {
  const own = parts.get(format) ?? [];
  own.push({ path, parsed });
  parts.set(format, own);
}

/**
 * Converts what the files have. The parts of other formats come last, because each format reads all of its parts
 * together.
 *
 * @param parts of the other files among all
 */
async function* convertedEntries(
  allPaths: readonly string[],
  paths: readonly string[],
  resources: Resources,
  domains: DomainDirectory,
  formats: readonly CatalogueFormat[],
  parts: ForeignParts,
): AsyncGenerator<ImportEntry> {
  for (const path of paths) {
    for await (const entry of entriesOf(path, resources, formats)) {
      if (entry.kind === 'part') addPart(parts, path, entry);
      else if (entry.kind === 'record') yield { path, ...readyDocument(entry, resources, domains) };
      else yield { path, ...entry };
    }
  }
  const order = new Map(allPaths.map((path, index) => [path, index]));
  const indexOf = ({ path }: CataloguePart) => order.get(path) ?? 0;
  for (const [format, own] of parts) {
    parts.delete(format);
    yield* format.read(own.sort((a, b) => indexOf(a) - indexOf(b)));
  }
}

/** Identifies a document. Keys are unique without regard to case. */
export const identity = ({ resource, key }: ReadyDocument) => `${resource}/${key.trim().toLowerCase()}`;

const FROM_FIRST_MDL: Record<FirstMdlResource, (document: JsonObject, domains: DomainDirectory) => JsonObject> = {
  domains: domainFromFirstMdl,
  metrics: metricFromFirstMdl,
  objectives: objectiveFromFirstMdl,
};

/** Converts a record to the form of this service. */
function readyDocument(record: CatalogueRecord, resources: Resources, domains: DomainDirectory): ReadyDocument {
  const { resource, line, pointer } = record;
  const definition = resources.definitionOf(resource);
  const document =
    record.form === 'first-mdl'
      ? FROM_FIRST_MDL[record.resource](record.document, domains)
      : ownDocument(definition, record.document);
  return { kind: 'ready', resource, key: String(document[definition.keyMember]), document, line, pointer };
}

/** Reads a file. A file that cannot be opened is one refusal; the other files are imported. */
async function* entriesOf(
  path: string,
  resources: Resources,
  formats: readonly CatalogueFormat[],
): AsyncGenerator<CatalogueEntry | ForeignPart> {
  try {
    yield* readCatalogueFile(path, resources, formats);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    yield refused({ line: 0, pointer: '' }, 'unreadable_file', `The file cannot be read (${code}).`);
  }
}

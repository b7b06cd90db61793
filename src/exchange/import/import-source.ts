import {
  type CatalogueEntry,
  type CatalogueRecord,
  type FirstMdlResource,
  isObject,
  type JsonObject,
  type ReadyDocument,
  type RefusedEntry,
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

/** Refused documents of a file after which the rest is not read: it is something else. */
const MAX_REFUSALS = 5000;

interface ReadOptions {
  /** Domains that the catalogue has already. */
  domains?: DomainDirectory;
  /** The format of the files; found by their content by default. */
  format?: string | null | undefined;
  /** Skip files that have no definition, with a note, instead of refusing them: a project has many other files. */
  skipUnknown?: boolean | undefined;
}

/** The codes of a refused file or document that is no definition. */
const UNKNOWN = new Set(['unknown_document', 'unsupported_document', 'not_an_object', 'empty_template']);

/** The formats to look for: all, none beside the own forms, or one, which every object has then. */
function formatsNamed(name: string | null | undefined): readonly CatalogueFormat[] {
  if (name === null || name === undefined) return FORMATS;
  const found = FORMATS.find((format) => format.name === name);
  if (!found) return [];
  // A format of streams reads files by their first line: it has no parsed values.
  if (found.streamReader) return [found];
  const detect = (value: unknown) => (isObject(value) ? 1 : 0);
  return [Object.create(found, { detect: { value: detect } }) as CatalogueFormat];
}

/**
 * Reads the documents of catalogue files, in the order of the files. Files are read twice, first for the names of
 * domains, so pipes are not supported; those of other formats, which name no domains, are read once. NDJSON and CSV are
 * streamed; a JSON or YAML file is held in memory. Of several documents with one key in a file the first is read.
 */
export async function* readImport(
  paths: readonly string[],
  resources: Resources,
  { domains = new DomainDirectory(), format, skipUnknown = false }: ReadOptions = {},
): AsyncGenerator<ImportEntry> {
  const formats = formatsNamed(format);
  const foreign: ForeignParts = new Map();
  const others: string[] = [];
  for (const path of paths) {
    const { parts, hasOthers, unknown } = await survey(path, resources, formats, domains);
    if (skipUnknown && unknown) {
      const { line, pointer, detail } = unknown;
      yield { path, kind: 'note', line, pointer, detail: `The file has no definition and is skipped. ${detail}` };
    } else if (hasOthers) others.push(path);
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

/** What the first reading of a file finds. */
interface Survey {
  /** Its parts in other formats. */
  parts: ForeignPart[];
  /** Whether it has anything else, for which it is read again. */
  hasOthers: boolean;
  /** Why it has no definition. */
  unknown: RefusedEntry | undefined;
}

/** Reads a file for its parts in other formats, and for the names of its domains. */
async function survey(
  path: string,
  resources: Resources,
  formats: readonly CatalogueFormat[],
  domains: DomainDirectory,
): Promise<Survey> {
  const found: Survey = { parts: [], hasOthers: false, unknown: undefined };
  let isKnown = false;
  for await (const entry of entriesOf(path, resources, formats)) {
    if (entry.kind === 'record') domains.addRecord(entry);
    if (entry.kind === 'part') found.parts.push(entry);
    else found.hasOthers = true;
    if (entry.kind === 'refused' && UNKNOWN.has(entry.code)) found.unknown ??= entry;
    else isKnown = true;
  }
  return isKnown ? { ...found, unknown: undefined } : found;
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
    const silent = new Set(own.map(({ path }) => path));
    for (const entry of format.read(own.sort((a, b) => indexOf(a) - indexOf(b)))) {
      silent.delete(entry.path);
      yield entry;
    }
    const detail = `The file has nothing that is imported from the format ${format.name}.`;
    for (const path of silent) yield { path, kind: 'note', line: 1, pointer: '', detail };
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
  let refusals = 0;
  try {
    for await (const entry of readCatalogueFile(path, resources, formats)) {
      yield entry;
      if (entry.kind !== 'refused' || ++refusals < MAX_REFUSALS) continue;
      const detail = `The rest of the file is not read, because ${MAX_REFUSALS} documents were refused.`;
      yield refused(entry, 'too_many_errors', detail);
      return;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    yield refused({ line: 0, pointer: '' }, 'unreadable_file', `The file cannot be read (${code}).`);
  }
}

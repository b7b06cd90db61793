import {
  type CatalogueEntry,
  type CatalogueNote,
  type CatalogueRecord,
  type FirstMdlResource,
  type JsonObject,
  type Place,
  refused,
  type RefusedEntry,
} from '../files/catalogue-entry';
import { readCatalogueFile } from '../files/catalogue-file';
import { DomainDirectory } from '../first-mdl/domain-directory';
import { domainFromFirstMdl } from '../first-mdl/domain';
import { metricFromFirstMdl } from '../first-mdl/metric';
import { objectiveFromFirstMdl } from '../first-mdl/objective';
import type { Resources } from '../resources';
import { ownDocument } from './own-form';

/** A document in the form of this service, with its place in the file. */
export interface ReadyDocument extends Place {
  kind: 'ready';
  resource: string;
  key: string;
  document: JsonObject;
}

export type ImportEntry = { path: string } & (ReadyDocument | RefusedEntry | CatalogueNote);

/**
 * Reads the documents of catalogue files, in the order of the files. Each file is read twice, first for the names of
 * domains, so pipes are not supported. NDJSON is streamed; a JSON or YAML file is held in memory.
 * @param domains domains that the catalogue has already
 */
export async function* readImport(
  paths: readonly string[],
  resources: Resources,
  domains = new DomainDirectory(),
): AsyncGenerator<ImportEntry> {
  for (const path of paths)
    for await (const entry of entriesOf(path, resources)) if (entry.kind === 'record') domains.addRecord(entry);
  const seen = new Map<string, { path: string; line: number }>();
  for (const path of paths) {
    for await (const entry of entriesOf(path, resources)) {
      if (entry.kind !== 'record') {
        yield { path, ...entry };
        continue;
      }
      const ready = readyDocument(entry, resources, domains);
      const id = identity(ready);
      const earlier = seen.get(id);
      if (earlier?.path === path) {
        const detail = `The key ${ready.key} is already in line ${earlier.line}.`;
        yield { path, ...refused(entry, 'duplicate_document', detail) };
        continue;
      }
      if (earlier) {
        const detail = `The key ${ready.key} is also in ${earlier.path} line ${earlier.line}; this later document is used.`;
        yield { path, kind: 'note', line: entry.line, pointer: entry.pointer, detail };
      }
      seen.set(id, { path, line: entry.line });
      yield { path, ...ready };
    }
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
async function* entriesOf(path: string, resources: Resources): AsyncGenerator<CatalogueEntry> {
  try {
    yield* readCatalogueFile(path, resources);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    yield refused({ line: 0, pointer: '' }, 'unreadable_file', `The file cannot be read (${code}).`);
  }
}

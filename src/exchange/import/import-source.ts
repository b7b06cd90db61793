import { KEY_FIELDS, refused } from '../files/catalogue-entry';
import type {
  CatalogueEntry,
  CatalogueNote,
  CatalogueRecord,
  JsonObject,
  Place,
  RefusedLine,
  Resource,
} from '../files/catalogue-entry';
import { readCatalogueFile } from '../files/catalogue-file';
import { DomainDirectory } from '../first-mdl/domain-directory';
import { documentFromFirstMdl } from '../first-mdl/first-mdl';
import { ownDocument } from './own-form';

/** A document in our form, ready for the service, and where it came from. */
export interface ReadyDocument extends Place {
  kind: 'ready';
  resource: Resource;
  key: string;
  document: JsonObject;
}

export type ImportEntry = { path: string } & (ReadyDocument | RefusedLine | CatalogueNote);

/**
 * The documents of some catalogue files, in the order of the files. Files are read twice, first for the names of
 * domains, so they must be files and not pipes; none is held in memory unless it is one JSON or YAML value.
 * @param domains may hold the domains that the catalogue has already
 */
export async function* readImport(
  paths: readonly string[],
  domains = new DomainDirectory(),
): AsyncGenerator<ImportEntry> {
  for (const path of paths) {
    for await (const entry of entriesOf(path)) if (entry.kind === 'record') domains.addRecord(entry);
  }
  const seen = new Map<string, { path: string; line: number }>();
  for (const path of paths) {
    for await (const entry of entriesOf(path)) {
      if (entry.kind !== 'record') {
        yield { path, ...entry };
        continue;
      }
      const ready = readyDocument(entry, domains);
      const id = identity(ready);
      const earlier = seen.get(id);
      if (earlier?.path === path) {
        yield { path, ...refused(entry, 'duplicate_document', `${ready.key} stands in line ${earlier.line} already`) };
        continue;
      }
      if (earlier) {
        const detail = `${ready.key} is in ${earlier.path} line ${earlier.line} too; this later one is what stays`;
        yield { path, kind: 'note', line: entry.line, pointer: entry.pointer, detail };
      }
      seen.set(id, { path, line: entry.line });
      yield { path, ...ready };
    }
  }
}

/** The same for two spellings of one key: keys are unique without regard to case. */
export const identity = ({ resource, key }: ReadyDocument) => `${resource}/${key.trim().toLowerCase()}`;

/** Brings a record into our form. */
export function readyDocument(record: CatalogueRecord, domains: DomainDirectory): ReadyDocument {
  const { resource, line, pointer } = record;
  const document =
    record.form === 'first-mdl'
      ? documentFromFirstMdl(resource, record.document, domains)
      : ownDocument(resource, record.document);
  return { kind: 'ready', resource, key: String(document[KEY_FIELDS[resource]]), document, line, pointer };
}

/** A file that can't be opened is a refusal of its own: the other files are still imported. */
async function* entriesOf(path: string): AsyncGenerator<CatalogueEntry> {
  try {
    yield* readCatalogueFile(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === undefined) throw error;
    yield refused({ line: 0, pointer: '' }, 'unreadable_file', `the file can't be read (${reason})`);
  }
}

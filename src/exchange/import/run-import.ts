import { randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '../../database/database';
import { Bulk } from '../../documents/bulk/bulk';
import type { BulkItem } from '../../documents/bulk/bulk-result';
import type { DocumentStore } from '../../documents/document-store';
import { DocumentStores } from '../../documents/document-stores';
import type { Author } from '../../identity/author';
import { danglingReferences } from './dangling';
import { DomainDirectory } from '../first-mdl/domain-directory';
import { ImportReport } from './import-report';
import { identity, type ImportEntry, readImport, type ReadyDocument } from './import-source';
import type { Progress } from './progress';
import { IN_ORDER } from './resources';

/** Documents a transaction writes: as many as one bulk request may have. */
const BATCH = 1000;

export interface ImportOptions {
  /** Judge everything, write nothing. */
  dryRun?: boolean;
  /** Refuse references to unknown keys instead of keeping them and listing them at the end. */
  strict?: boolean;
  /** Leave documents alone whose key is taken, be it by a deleted one. */
  onlyMissing?: boolean;
  /** Who writes, in the revisions: `import` by default. */
  actor?: string;
}

export type PlacedDocument = ReadyDocument & { path: string };

/**
 * Writes the documents of catalogue files by the same rules as a bulk request: domains first, then metrics, then
 * objectives, each in the order of the files. What is refused does not stop the rest; importing again is harmless.
 */
export async function runImport(
  app: INestApplicationContext,
  paths: readonly string[],
  options: ImportOptions = {},
  progress?: Progress,
): Promise<ImportReport> {
  const database = app.get(Database);
  const entries: ImportEntry[] = [];
  // Before any transaction: a large file takes time, and an open transaction holds its locks.
  for await (const entry of readImport(paths, await knownDomains(database))) entries.push(entry);
  const writeAll = () => importEntries(app, paths, entries, options, progress);
  if (!options.dryRun) return writeAll();
  return database.transaction(async () => {
    let report = new ImportReport();
    // One transaction around all batches, so that later ones see what they name in earlier ones.
    await database.rollbackUnless(async () => {
      report = await writeAll();
      return false;
    });
    return report;
  });
}

/** Writes what was read of some files. */
export function importEntries(
  app: INestApplicationContext,
  paths: readonly string[],
  entries: readonly ImportEntry[],
  options: ImportOptions = {},
  progress?: Progress,
): Promise<ImportReport> {
  return new Import(app, options, progress).write(paths, entries);
}

/** One import: its author, its report. */
class Import {
  private readonly report: ImportReport;
  private readonly author: Author;
  private readonly accepted: PlacedDocument[] = [];

  constructor(
    private readonly app: INestApplicationContext,
    private readonly options: ImportOptions,
    private readonly progress: Progress | undefined,
  ) {
    this.report = new ImportReport({ dryRun: options.dryRun ?? false });
    this.author = { actor: options.actor ?? 'import', requestId: randomUUID(), address: '' };
  }

  async write(paths: readonly string[], entries: readonly ImportEntry[]): Promise<ImportReport> {
    for (const path of paths) this.report.file(path);
    const byId = new Map<string, PlacedDocument>();
    for (const entry of entries) {
      if (entry.kind === 'ready') this.take(entry, byId);
      else if (entry.kind === 'refused') this.report.file(entry.path).refuse(entry);
      else this.report.file(entry.path).note(entry);
    }
    const documents = [...byId.values()];
    this.progress?.start(documents.length);
    for (const store of this.stores()) {
      const { resource } = store.definition;
      await this.writeResource(
        store,
        documents.filter((document) => document.resource === resource),
      );
    }
    this.report.dangle(await danglingReferences(this.app.get(Database), this.accepted));
    return this.report;
  }

  /** Where files share a key the last document stays: written one by one, they would change each other in every import. */
  private take(document: PlacedDocument, byId: Map<string, PlacedDocument>): void {
    const id = identity(document);
    const earlier = byId.get(id);
    if (earlier) this.report.file(earlier.path).count('skipped');
    byId.set(id, document);
  }

  private stores(): DocumentStore<object>[] {
    const all = this.app.get(DocumentStores).all;
    return IN_ORDER.flatMap((resource) => all.filter(({ definition }) => definition.resource === resource));
  }

  private async writeResource(store: DocumentStore<object>, documents: readonly PlacedDocument[]): Promise<void> {
    const missing = this.options.onlyMissing ? await this.leaveTaken(store, documents) : documents;
    // Strict references may point forward to any document, and are judged when a transaction ends.
    const size = this.options.strict ? Math.max(1, missing.length) : BATCH;
    for (let start = 0; start < missing.length; start += size) {
      await this.writeBatch(store, missing.slice(start, start + size));
    }
  }

  /** Counts the documents whose key is taken. @returns the others */
  private async leaveTaken(
    store: DocumentStore<object>,
    documents: readonly PlacedDocument[],
  ): Promise<PlacedDocument[]> {
    const rows = await store.database.query<{ key: string }>(
      `SELECT lower(key) AS key FROM ${store.definition.resource} WHERE lower(key) = ANY(SELECT lower(unnest($1::text[])))`,
      [documents.map(({ key }) => key)],
    );
    const taken = new Set(rows.map(({ key }) => key));
    const missing = documents.filter(({ key }) => !taken.has(key.toLowerCase()));
    for (const { key, path } of documents) if (taken.has(key.toLowerCase())) this.report.file(path).count('skipped');
    this.progress?.advance(documents.length - missing.length);
    return missing;
  }

  private async writeBatch(store: DocumentStore<object>, batch: readonly PlacedDocument[]): Promise<void> {
    const items = batch.map(({ line, document }, item): BulkItem => ({ item, line, value: document }));
    const { strict = false, onlyMissing = false } = this.options;
    const results = await this.app
      .get(Bulk)
      .write(
        store,
        items,
        { mode: onlyMissing ? 'create' : 'upsert', atomic: false, dryRun: false, lenient: !strict },
        this.author,
      );
    for (const [index, { result, errors = [] }] of results.entries()) {
      const document = batch[index];
      if (!document) continue;
      const { path, line, pointer } = document;
      const file = this.report.file(path);
      if (result === 'refused') {
        file.refuse(
          ...errors.map(({ pointer: inside = '', code, detail }) => ({
            line,
            pointer: pointer + inside,
            code,
            detail,
          })),
        );
      } else {
        file.count(result === 'unchanged' ? 'skipped' : result);
        this.accepted.push(document);
      }
    }
    this.progress?.advance(batch.length);
  }
}

/** Documents of the first MDL name their domain; it may be one that is there already. */
async function knownDomains(database: Database): Promise<DomainDirectory> {
  const directory = new DomainDirectory();
  const rows = await database.query<{ key: string; name: string }>(
    `SELECT key, data ->> 'name' AS name FROM domains WHERE deleted_at IS NULL ORDER BY id`,
  );
  for (const { key, name } of rows) directory.add(key, name);
  return directory;
}

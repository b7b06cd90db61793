import { randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '../../database/database';
import { Bulk } from '../../documents/bulk/bulk';
import type { BulkItem } from '../../documents/bulk/bulk-result';
import type { DocumentStore } from '../../documents/document-store';
import { DocumentStores } from '../../documents/document-stores';
import type { Author } from '../../identity/author';
import { DomainDirectory } from '../first-mdl/domain-directory';
import { Resources } from '../resources';
import { findDanglingReferences } from './dangling-references';
import { ImportReport } from './import-report';
import { identity, type ImportEntry, readImport, type ReadyDocument } from './import-source';
import type { Progress } from './progress';

/** Documents per transaction, as many as a bulk request may have. */
const BATCH = 1000;

export interface ImportOptions {
  /** Check everything, write nothing. */
  dryRun?: boolean;
  /** Refuse references to unknown keys. By default they are stored and listed at the end. */
  strict?: boolean;
  /** Skip documents whose key exists, also as a deleted document. */
  onlyMissing?: boolean;
  /** The actor of the revisions; `import` by default. */
  actor?: string;
}

export type PlacedDocument = ReadyDocument & { path: string };

/**
 * Imports the documents of catalogue files by the same rules as a bulk request. Resources are written in dependency
 * order, the documents of each in the order of the files. A refused document does not stop the others. An import can be
 * repeated.
 */
export async function runImport(
  app: INestApplicationContext,
  paths: readonly string[],
  options: ImportOptions = {},
  progress?: Progress,
): Promise<ImportReport> {
  const database = app.get(Database);
  const entries: ImportEntry[] = [];
  const resources = resourcesOf(app);
  // Read before the transaction starts, because an open transaction holds its locks.
  for await (const entry of readImport(paths, resources, await knownDomains(database))) entries.push(entry);
  const writeAll = () => importEntries(app, paths, entries, options, progress);
  if (!options.dryRun) return writeAll();
  return database.transaction(async () => {
    let report = new ImportReport();
    // One transaction for all batches: later batches refer to documents of earlier ones.
    await database.rollbackUnless(async () => {
      report = await writeAll();
      return false;
    });
    return report;
  });
}

/** The resources that the service has. */
function resourcesOf(app: INestApplicationContext): Resources {
  return new Resources(app.get(DocumentStores).all.map(({ definition }) => definition));
}

/** Writes the entries that were read from files. */
export function importEntries(
  app: INestApplicationContext,
  paths: readonly string[],
  entries: readonly ImportEntry[],
  options: ImportOptions = {},
  progress?: Progress,
): Promise<ImportReport> {
  return new Import(app, options, progress).write(paths, entries);
}

/** One import, with its author and its report. */
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
      if (entry.kind === 'ready') this.accept(entry, byId);
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
    const resources = resourcesOf(this.app);
    this.report.addDangling(await findDanglingReferences(this.app.get(Database), resources, this.accepted));
    return this.report;
  }

  /** Uses the last document if several files have the same key. Otherwise each import would change it several times. */
  private accept(document: PlacedDocument, byId: Map<string, PlacedDocument>): void {
    const id = identity(document);
    const earlier = byId.get(id);
    if (earlier) this.report.file(earlier.path).count('skipped');
    byId.set(id, document);
  }

  private stores(): DocumentStore<object>[] {
    const all = this.app.get(DocumentStores).all;
    return resourcesOf(this.app).inOrder.flatMap((one) => all.filter(({ definition }) => definition === one));
  }

  private async writeResource(store: DocumentStore<object>, documents: readonly PlacedDocument[]): Promise<void> {
    const missing = this.options.onlyMissing ? await this.skipExisting(store, documents) : documents;
    // A strict reference may point to any later document. It is checked at the end of the transaction.
    const size = this.options.strict ? Math.max(1, missing.length) : BATCH;
    for (let start = 0; start < missing.length; start += size) {
      await this.writeBatch(store, missing.slice(start, start + size));
    }
  }

  /** Counts the documents whose key exists as skipped. @returns the others */
  private async skipExisting(
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

/** Reads the stored domains. A document of the first MDL may name one of them. */
async function knownDomains(database: Database): Promise<DomainDirectory> {
  const directory = new DomainDirectory();
  const rows = await database.query<{ key: string; name: string }>(
    `SELECT key, data ->> 'name' AS name FROM domains WHERE deleted_at IS NULL ORDER BY id`,
  );
  for (const { key, name } of rows) directory.add(key, name);
  return directory;
}

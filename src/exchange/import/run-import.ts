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
import type { ReadyDocument } from '../files/catalogue-entry';
import { identity, type ImportEntry, readImport } from './import-source';
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
  // Read before the transaction starts, because an open transaction holds its locks.
  for await (const entry of readImport(paths, resourcesOf(app), await knownDomains(database))) entries.push(entry);
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
const resourcesOf = (app: INestApplicationContext) =>
  new Resources(app.get(DocumentStores).all.map(({ definition }) => definition));

/** Writes the entries that were read from files. */
export async function importEntries(
  app: INestApplicationContext,
  paths: readonly string[],
  entries: readonly ImportEntry[],
  options: ImportOptions = {},
  progress?: Progress,
): Promise<ImportReport> {
  const report = new ImportReport({ dryRun: options.dryRun ?? false });
  const documents = reportEntries(report, paths, entries);
  const resources = resourcesOf(app);
  const writer = new ImportWriter(app.get(Bulk), report, options, progress);
  progress?.start(documents.length);
  const byResource = resources.inOrder.flatMap(({ resource }) => {
    const store = app.get(DocumentStores).all.find(({ definition }) => definition.resource === resource);
    return store ? [[store, documents.filter((document) => document.resource === resource)] as const] : [];
  });
  // The one transaction of a dry run takes all locks first, like every other transaction.
  if (options.dryRun) for (const [store, ofResource] of byResource) await writer.lock(store, ofResource);
  for (const [store, ofResource] of byResource) await writer.write(store, ofResource);
  report.dangling.push(...(await findDanglingReferences(app.get(Database), resources, writer.accepted)));
  return report;
}

/** Reports refused documents and notes. @returns the documents to write, one for each key */
function reportEntries(report: ImportReport, paths: readonly string[], entries: readonly ImportEntry[]) {
  for (const path of paths) report.file(path);
  const documents = new Map<string, PlacedDocument>();
  for (const entry of entries) {
    if (entry.kind === 'refused') report.file(entry.path).refuse(entry);
    else if (entry.kind === 'note') report.file(entry.path).notes.push(entry);
    else if (entry.kind === 'loss') report.file(entry.path).losses.push(entry);
    else {
      // The last document of several files with one key counts. Otherwise each import would change it several times.
      const earlier = documents.get(identity(entry));
      if (earlier) report.file(earlier.path).totals.skipped++;
      documents.set(identity(entry), entry);
    }
  }
  return [...documents.values()];
}

/** Writes documents in batches and reports the results. */
class ImportWriter {
  readonly accepted: PlacedDocument[] = [];
  private readonly author: Author;

  constructor(
    private readonly bulk: Bulk,
    private readonly report: ImportReport,
    private readonly options: ImportOptions,
    private readonly progress: Progress | undefined,
  ) {
    this.author = { actor: options.actor ?? 'import', requestId: randomUUID(), address: '' };
  }

  private get bulkOptions() {
    const { strict = false, onlyMissing = false } = this.options;
    return { mode: onlyMissing ? 'create' : 'upsert', atomic: false, dryRun: false, lenient: !strict } as const;
  }

  /** Takes the locks of `write`. */
  async lock({ definition }: DocumentStore<object>, documents: readonly PlacedDocument[]): Promise<void> {
    await this.bulk.lock(definition, documents, this.bulkOptions);
  }

  async write(store: DocumentStore<object>, documents: readonly PlacedDocument[]): Promise<void> {
    const missing = this.options.onlyMissing ? await this.skipExisting(store, documents) : documents;
    // A strict reference may point to any later document. It is checked at the end of the transaction.
    const size = this.options.strict ? missing.length : BATCH;
    for (let start = 0; start < missing.length; start += size) {
      await this.writeBatch(store, missing.slice(start, start + size));
    }
  }

  /** Counts the documents whose key exists as skipped. @returns the others */
  private async skipExisting(
    { database, definition }: DocumentStore<object>,
    documents: readonly PlacedDocument[],
  ): Promise<PlacedDocument[]> {
    const rows = await database.query<{ key: string }>(
      `SELECT lower(key) AS key FROM ${definition.resource} WHERE lower(key) = ANY(SELECT lower(unnest($1::text[])))`,
      [documents.map(({ key }) => key)],
    );
    const taken = new Set(rows.map(({ key }) => key));
    const isTaken = ({ key }: PlacedDocument) => taken.has(key.toLowerCase());
    const existing = documents.filter(isTaken);
    for (const { path } of existing) this.report.file(path).totals.skipped++;
    this.progress?.advance(existing.length);
    return documents.filter((document) => !isTaken(document));
  }

  private async writeBatch(store: DocumentStore<object>, batch: readonly PlacedDocument[]): Promise<void> {
    const items = batch.map(({ line, document }, item): BulkItem => ({ item, line, value: document }));
    const results = await this.bulk.write(store, items, this.bulkOptions, this.author);
    for (const [index, document] of batch.entries()) {
      const { result = 'refused', errors = [] } = results[index] ?? {};
      const { line, pointer } = document;
      const file = this.report.file(document.path);
      if (result === 'refused') {
        file.refuse(...errors.map((error) => ({ ...error, line, pointer: pointer + (error.pointer ?? '') })));
      } else {
        file.totals[result === 'unchanged' ? 'skipped' : result]++;
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

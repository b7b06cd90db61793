import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Bulk } from '../../documents/bulk/bulk';
import { DocumentStores } from '../../documents/document-stores';
import { Problem } from '../../problems/problem';
import { Resources } from '../resources';
import { SourceDocuments } from '../sources/source-documents';
import { Sources } from '../sources/sources';
import { DocumentSpool } from './document-spool';
import { type ImportFile, type ImportOptions, settingsOf } from './import-options';
import { ImportReport } from './import-report';
import { ImportRun } from './import-run';
import { type ImportEntry } from './import-source';
import { MetricLifecycle } from './metric-lifecycle';
import type { Progress } from './progress';
import { readIsolated } from './reader/isolated-reader';
import { type KnownDomain, readHere } from './reader/read-request';

/** Documents of an import. Each takes about 300 bytes of memory. */
const MAX_DOCUMENTS = 100_000;

/** Imports catalogue files, for HTTP and commands alike. */
@Injectable()
export class ImportEngine {
  constructor(
    private readonly database: Database,
    private readonly bulk: Bulk,
    private readonly stores: DocumentStores,
    private readonly sources: Sources,
    private readonly sourceDocuments: SourceDocuments,
    private readonly lifecycle: MetricLifecycle,
  ) {}

  /** Reads files and imports their documents. */
  async run(files: readonly ImportFile[], options: ImportOptions = {}, progress?: Progress): Promise<ImportReport> {
    const source = await this.sourceOf(options);
    const format = options.format ?? source?.format;
    const paths = files.map(({ path }) => path);
    const { skipUnknown, isolated, signal } = options;
    const domains = await this.knownDomains();
    const request = { paths, format, skipUnknown, domains, resources: this.resources() };
    const entries = isolated ? readIsolated(request, signal) : readHere(request);
    return this.importEntries(files, entries, options, progress);
  }

  /**
   * Imports documents by the same rules as a bulk request. Resources are written in dependency order. An import can be
   * repeated.
   *
   * @throws Problem 413 `payload_too_large` for more than 100,000 documents
   */
  async importEntries(
    files: readonly ImportFile[],
    entries: AsyncIterable<ImportEntry> | Iterable<ImportEntry>,
    options: ImportOptions = {},
    progress?: Progress,
  ): Promise<ImportReport> {
    const settings = settingsOf(options, await this.sourceOf(options));
    const { source, mode, dryRun } = settings;
    const report = new ImportReport({ source: source?.key, mode, dryRun });
    const spool = new DocumentSpool();
    try {
      const names = new Map(files.map(({ path, name }) => [path, name]));
      await readInto(spool, report, names, entries);
      const { database, bulk, sourceDocuments, lifecycle } = this;
      const services = { database, bulk, sourceDocuments, sources: this.sources, lifecycle };
      await new ImportRun(
        services,
        this.stores.all,
        this.resources(),
        spool,
        report,
        names,
        settings,
        progress,
      ).write();
      return report;
    } finally {
      await spool.close();
    }
  }

  private async sourceOf({ source }: ImportOptions) {
    return source === undefined ? undefined : this.sources.find(source);
  }

  /** The resources that the service has. */
  private resources(): Resources {
    return new Resources(this.stores.all.map(({ definition }) => definition));
  }

  /** Reads the stored domains. A document of the first MDL may name one of them. */
  private async knownDomains(): Promise<KnownDomain[]> {
    const rows = await this.database.query<{ key: string; name: string }>(
      `SELECT key, data ->> 'name' AS name FROM domains WHERE deleted_at IS NULL ORDER BY id`,
    );
    return rows.map(({ key, name }) => [key, name]);
  }
}

/** Reports refused documents, notes and losses, and collects the documents to write, one for each key. */
async function readInto(
  spool: DocumentSpool,
  report: ImportReport,
  names: ReadonlyMap<string, string>,
  entries: AsyncIterable<ImportEntry> | Iterable<ImportEntry>,
): Promise<void> {
  const file = (path: string) => report.file(names.get(path) ?? path);
  for (const path of names.keys()) file(path);
  let documents = 0;
  for await (const entry of entries) {
    if (entry.kind === 'refused') file(entry.path).refuse(entry);
    else if (entry.kind === 'note') file(entry.path).note(entry);
    else if (entry.kind === 'loss') file(entry.path).lose(entry);
    else {
      // The last document of several files with one key counts. Otherwise each import would change it several times.
      const earlier = await spool.add(entry);
      if (earlier) file(earlier.path).totals.unchanged++;
      else if (++documents > MAX_DOCUMENTS) {
        const detail = `An import can have at most ${MAX_DOCUMENTS} documents. Import the files in parts.`;
        throw new Problem('payload_too_large', { detail, members: { limit: MAX_DOCUMENTS } });
      }
    }
  }
}

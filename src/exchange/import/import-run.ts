import type { DocumentStore } from '../../documents/document-store';
import { Problem } from '../../problems/problem';
import type { Resources } from '../resources';
import type { Sources } from '../sources/sources';
import { type DanglingReference, findDanglingReferences } from './dangling-references';
import type { DocumentSpool, SpooledDocument } from './document-spool';
import type { ImportSettings } from './import-options';
import { type Outcome, reportOutcome } from './import-outcome';
import type { ImportReport, RemovedDocument } from './import-report';
import { BATCH, type ImportServices, ImportWriter } from './import-writer';
import type { Progress } from './progress';
import { prune } from './pruning';

/** Up to this many documents an import is written in one transaction. */
export const MAX_ATOMIC = 20_000;

/** The documents of one resource that an import changes. */
interface Changes {
  writer: ImportWriter;
  places: SpooledDocument[];
}

/** The results of a transaction that writes everything. */
interface Written {
  outcomes: Outcome[];
  removed: RemovedDocument[];
  dangling: DanglingReference[];
}

/**
 * Writes the documents of a spool. It first decides without locks which documents change, so that a repeated import
 * locks and writes only these. They are written in one transaction, or in batches where one would be too large.
 */
export class ImportRun {
  private readonly writers: readonly ImportWriter[];
  private readonly refused = new Set<SpooledDocument>();

  constructor(
    private readonly services: ImportServices & { sources: Sources },
    stores: readonly DocumentStore<object>[],
    resources: Resources,
    private readonly spool: DocumentSpool,
    private readonly report: ImportReport,
    private readonly names: ReadonlyMap<string, string>,
    private readonly settings: ImportSettings,
    private readonly progress: Progress | undefined,
  ) {
    this.writers = resources.inOrder.flatMap(({ resource }) => {
      const store = stores.find(({ definition }) => definition.resource === resource);
      return store ? [new ImportWriter(services, store, spool, settings)] : [];
    });
  }

  async write(): Promise<void> {
    const { database, sources } = this.services;
    const { dryRun, atomic, source } = this.settings;
    const hasUnread = this.report.totals().refused > 0;
    if (dryRun && this.spool.size > MAX_ATOMIC) {
      const detail = `A dry run can have at most ${MAX_ATOMIC} documents, because it is one transaction.`;
      throw new Problem('payload_too_large', { detail, members: { limit: MAX_ATOMIC } });
    }
    this.progress?.start(this.spool.size);
    const changes = await this.plan();
    if (dryRun || (atomic && this.spool.size <= MAX_ATOMIC)) {
      await this.writeAtomically(changes, hasUnread);
      return;
    }
    if (source) await sources.ensure(source);
    for (const one of changes) await this.writeBatches(one);
    const removed = await database.transaction(() => this.prune(hasUnread));
    this.report.removed.add(...removed);
    this.report.dangling.add(...(await this.findDangling()));
  }

  /** Writes everything in one transaction, or nothing if a document is refused. */
  private async writeAtomically(changes: readonly Changes[], hasUnread: boolean): Promise<void> {
    const { database } = this.services;
    const refusedBefore = this.report.totals().refused;
    let written: Written = { outcomes: [], removed: [], dangling: [] };
    await database.transaction(async () => {
      await database.rollbackUnless(async () => {
        written = await this.writeAll(changes, hasUnread);
        this.report.isWritten = refusedBefore === 0 && !written.outcomes.some(isRefused);
        return this.report.isWritten && !this.settings.dryRun;
      });
    });
    for (const outcome of written.outcomes) this.add(outcome);
    this.report.removed.add(...written.removed);
    this.report.dangling.add(...written.dangling);
  }

  /** Decides which documents change. The others are reported at once. */
  private async plan(): Promise<Changes[]> {
    const changes: Changes[] = [];
    for (const writer of this.writers) {
      const places: SpooledDocument[] = [];
      for (const batch of batches(writer.documents, BATCH)) {
        this.settings.signal?.throwIfAborted();
        for (const { place, key, decision } of await writer.plan(batch)) {
          const { result, base } = decision;
          if (result === 'write' || (result === 'unchanged' && base)) places.push(place);
          else {
            this.add({ place, key, decision, result });
            this.progress?.advance(1);
          }
        }
      }
      changes.push({ writer, places });
    }
    return changes;
  }

  /** Writes everything in the open transaction. It takes all locks first, like every other transaction. */
  private async writeAll(changes: readonly Changes[], hasUnread: boolean): Promise<Written> {
    const { source } = this.settings;
    if (source) await this.services.sources.ensure(source);
    const outcomes: Outcome[] = [];
    for (const { writer, places } of changes) if (places.length > 0) await writer.lock(places);
    for (const { writer, places } of changes) {
      for (const batch of batches(places, this.batchSize(places))) {
        this.settings.signal?.throwIfAborted();
        outcomes.push(...(await writer.write(batch)));
        this.progress?.advance(batch.length);
      }
    }
    const refused = new Set(outcomes.filter(isRefused).map(({ place }) => place));
    return { outcomes, removed: await this.prune(hasUnread), dangling: await this.findDangling(refused) };
  }

  /** Writes the documents of one resource in batches, each in a transaction of its own. */
  private async writeBatches({ writer, places }: Changes): Promise<void> {
    for (const batch of batches(places, this.batchSize(places))) {
      this.settings.signal?.throwIfAborted();
      const outcomes = await this.services.database.transaction(async () => {
        await writer.lock(batch);
        return writer.write(batch);
      });
      for (const outcome of outcomes) this.add(outcome);
      this.progress?.advance(batch.length);
    }
  }

  /** A strict reference may point to any later document. It is checked at the end of the batch. */
  private batchSize(places: readonly unknown[]): number {
    return this.settings.lenient ? BATCH : Math.max(1, places.length);
  }

  /** Records what the source still has, and handles what it no longer has. */
  private async prune(hasUnread: boolean): Promise<RemovedDocument[]> {
    const { source, startedAt } = this.settings;
    if (!source) return [];
    for (const writer of this.writers) {
      const { resource } = writer.store.definition;
      for (const batch of batches(writer.documents, BATCH)) {
        const keys = batch.map((place) => writer.keyOf(place).toLowerCase());
        await this.services.sourceDocuments.markSeen(source.key, resource, keys, startedAt);
      }
    }
    // A document that could not be read is not one that the source no longer has.
    if (hasUnread || this.spool.size === 0) return [];
    return prune(
      this.services,
      this.writers.map(({ store }) => store),
      this.settings,
    );
  }

  /** Finds the dangling references of the accepted documents. @param refused those of the open transaction */
  private async findDangling(refused: ReadonlySet<SpooledDocument> = new Set()): Promise<DanglingReference[]> {
    const dangling: DanglingReference[] = [];
    for (const writer of this.writers) {
      for (const batch of batches(writer.documents, BATCH)) {
        const accepted = batch.filter((place) => !this.refused.has(place) && !refused.has(place));
        const keys = accepted.map((place) => writer.keyOf(place).toLowerCase());
        dangling.push(...(await findDanglingReferences(this.services.database, writer.store.definition, keys)));
      }
    }
    return dangling;
  }

  private add(outcome: Outcome): void {
    if (isRefused(outcome)) this.refused.add(outcome.place);
    reportOutcome(this.report, this.names, outcome);
  }
}

const isRefused = ({ result }: Outcome) => result === 'refused';

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

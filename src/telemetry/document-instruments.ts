import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database';
import { DocumentStores } from '../documents/document-stores';
import { type Labelled, Series } from './series';

/** Between two counts. */
const MEMORY_MS = 60_000;
/** How long the first scrape waits for the first count. */
const DEADLINE_MS = 1000;

/**
 * How many documents there are. Counted behind the back of the scrapes, which get the last known numbers: a database that
 * is away must not take the other series along.
 */
@Injectable()
export class DocumentInstruments {
  private readonly logger = new Logger(DocumentInstruments.name);

  private known: [Record<string, string>, number][] = [];

  private countedAt = 0;

  private triedAt = -Infinity;

  private counting: Promise<void> | undefined;

  constructor(
    series: Series,
    private readonly database: Database,
    private readonly stores: DocumentStores,
  ) {
    series.fetched({ name: 'mdl_documents', help: 'Documents by status; counted once a minute' }, () => this.count());
    series.gauge({
      name: 'mdl_documents_counted_timestamp_seconds',
      help: 'When they were counted',
      read: () => this.countedAt / 1000,
    });
  }

  private async count(): Promise<Labelled<number>> {
    if (!this.counting && performance.now() - this.triedAt > MEMORY_MS) {
      this.triedAt = performance.now();
      this.counting = this.ask().finally(() => (this.counting = undefined));
      if (this.countedAt === 0) await Promise.race([this.counting, sleep(DEADLINE_MS, undefined, { ref: false })]);
    }
    return this.known;
  }

  private async ask(): Promise<void> {
    const counts = this.stores.all.map(({ definition: { resource, initialStatus } }) => {
      const status = initialStatus === undefined ? `'live'` : 'status';
      return `SELECT '${resource}' AS resource, CASE WHEN deleted_at IS NULL THEN ${status} ELSE 'deleted' END AS status,
        count(*)::int AS count FROM ${resource} GROUP BY 2`;
    });
    try {
      const rows = await this.database.query<{ resource: string; status: string; count: number }>(
        counts.join(' UNION ALL '),
      );
      this.known = rows.map(({ resource, status, count }) => [{ resource, status }, count]);
      this.countedAt = Date.now();
    } catch (error) {
      this.logger.warn({ err: error }, 'The documents could not be counted');
    }
  }
}

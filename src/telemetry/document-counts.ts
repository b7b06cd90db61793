import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Gauge } from 'prom-client';
import { Database } from '../database/database';
import { DocumentStores } from '../documents/document-stores';
import { registers } from './instruments';

const MAX_AGE_MS = 60_000;
/** Longest time that the first scrape waits for the first count. */
const DEADLINE_MS = 1000;
const COUNTED_AT = 'mdl_documents_counted_timestamp_seconds';

interface DocumentCount {
  resource: string;
  status: string;
  count: number;
}

/**
 * Counts the documents of each resource by status, at most once a minute. Scrapes start a count and get the previous
 * one, so that a database that is unavailable does not delay or fail a scrape.
 */
@Injectable()
export class DocumentCounts {
  private readonly logger = new Logger(DocumentCounts.name);

  private latest: DocumentCount[] | undefined;

  private startedAt = -Infinity;

  private running: Promise<void> | undefined;

  constructor(
    @InjectMetric(COUNTED_AT) private readonly countedAt: Gauge,
    private readonly database: Database,
    private readonly stores: DocumentStores,
  ) {}

  /** The latest counts; empty until the first count has ended. */
  async read(): Promise<readonly DocumentCount[]> {
    if (!this.running && performance.now() - this.startedAt > MAX_AGE_MS) {
      this.startedAt = performance.now();
      this.running = this.count().finally(() => (this.running = undefined));
      if (!this.latest) await Promise.race([this.running, sleep(DEADLINE_MS, undefined, { ref: false })]);
    }
    return this.latest ?? [];
  }

  private async count(): Promise<void> {
    const selects = this.stores.all.map(({ definition: { resource, initialStatus } }) => {
      const live = initialStatus === undefined ? `'live'` : 'status';
      const status = `CASE WHEN deleted_at IS NULL THEN ${live} ELSE 'deleted' END`;
      return `SELECT '${resource}' AS resource, ${status} AS status, count(*)::int AS count FROM ${resource} GROUP BY 2`;
    });
    try {
      this.latest = await this.database.query<DocumentCount>(selects.join(' UNION ALL '));
      this.countedAt.setToCurrentTime();
    } catch (error) {
      this.logger.warn({ err: error }, 'Documents could not be counted');
    }
  }
}

/** The number of documents, and when they were counted. */
export const documentInstruments = [
  makeGaugeProvider({ name: COUNTED_AT, help: 'Time of the latest count of documents', registers }),
  makeGaugeProvider({
    name: 'mdl_documents',
    help: 'Documents by status; counted once a minute',
    labelNames: ['resource', 'status'],
    registers,
    inject: [DocumentCounts],
    async collect(counts: DocumentCounts) {
      const latest = await counts.read();
      this.reset();
      for (const { count, ...labels } of latest) this.set(labels, count);
    },
  }),
];

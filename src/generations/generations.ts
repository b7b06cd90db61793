import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { toConnectionProblem } from '../database/database-errors';
import type { Distribution } from '../instrumentation/distribution';
import { Problem } from '../problems/problem';
import { CacheSettings } from './cache-settings';
import { type Generation, GenerationConnection, GenerationReaderFactory, isTimeout } from './generation-reader';
import { ResourceDependencies } from './resource-dependencies';

/** The resource whose generation API keys and accounts advance. */
export const AUTH = 'auth';
/** The interval between two attempts to reach an unavailable database. */
const RETRY_MS = 250;

/** A database that does not respond in time counts as unavailable. */
const toFailure = (error: unknown): Error =>
  isTimeout(error)
    ? new Problem('database_unavailable', { headers: { 'retry-after': '2' }, cause: error })
    : (toConnectionProblem(error) ?? (error as Error));

/**
 * Waits two turns of the event loop, in which the requests that have arrived are parsed. They are then served in a row,
 * which takes a fifth less than serving each between two reads; a single request waits some microseconds.
 */
async function collectRequests(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

/**
 * Reads the generation of the database, against which every cache lookup is validated. Queries are coalesced: at most
 * one runs and one is scheduled, and a request shares only a query that starts after the request arrived. So the result
 * contains every write that was acknowledged before the call, by any instance or psql session.
 */
@Injectable()
export class Generations implements OnModuleDestroy {
  private readonly logger = new Logger(Generations.name);

  private readonly connection: GenerationConnection;

  /** The query in progress. Later requests do not share it. */
  private running: Promise<Generation> | undefined;

  /** The scheduled query, which all requests until its start share. */
  private next: Promise<Generation> | undefined;

  /** The last generation, for the requests of one turn that accept it. */
  private shared: Promise<Generation> | undefined;

  /** Why the database is unavailable; undefined while it is available. */
  private failure: Error | undefined;

  private failures = 0;

  private isClosed = false;

  constructor(
    private readonly settings: CacheSettings,
    dependencies: ResourceDependencies,
    @Inject(GenerationReaderFactory) readers: Pick<GenerationReaderFactory, 'connect'>,
  ) {
    this.connection = new GenerationConnection(readers, () => [...dependencies.resources, AUTH]);
  }

  /**
   * The generation now, or one that is at most `maxAgeMs` old (bounded staleness).
   *
   * @param maxAgeMs CACHE_MAX_STALENESS_MS by default; 0 for a generation that is current
   * @throws the failure of the database, at once while the database is known to be unavailable
   */
  current(maxAgeMs = this.settings.CACHE_MAX_STALENESS_MS): Generation | Promise<Generation> {
    const { last } = this.connection;
    if (maxAgeMs > 0 && last) {
      const age = performance.now() - last.queriedAt;
      if (age <= maxAgeMs) {
        // Refreshed at half the age, so that no request waits under steady load.
        if (age > maxAgeMs / 2 && !this.running) this.query().catch(() => undefined);
        return (this.shared ??= this.share(last));
      }
    }
    if (this.failure) return Promise.reject(this.failure);
    return (this.next ??= this.schedule());
  }

  /** Whether the database responds, how often it was queried, and how often it became unavailable. */
  stats(): { state: 'up' | 'away'; queries: number; failures: number } {
    return { state: this.failure ? 'away' : 'up', queries: this.connection.queries, failures: this.failures };
  }

  /** The duration of each query in seconds. */
  get times(): Distribution {
    return this.connection.times;
  }

  /** When the last query succeeded, in milliseconds since 1970; 0 before that. */
  get lastResponseAt(): number {
    return this.connection.lastResponseAt;
  }

  onModuleDestroy(): void {
    this.isClosed = true;
    this.connection.close();
  }

  private async schedule(): Promise<Generation> {
    await this.running?.catch(() => undefined);
    await collectRequests();
    this.next = undefined;
    if (this.failure) throw this.failure;
    return this.query();
  }

  private async share(last: Generation): Promise<Generation> {
    await collectRequests();
    this.shared = undefined;
    return last;
  }

  private query(): Promise<Generation> {
    this.running = this.connection
      .read()
      .catch((error: unknown) => {
        throw this.fail(toFailure(error));
      })
      .finally(() => (this.running = undefined));
    return this.running;
  }

  /** Makes further requests fail at once, and retries in the background. */
  private fail(cause: Error): Error {
    if (this.isClosed || this.failure) return cause;
    this.failures++;
    this.failure = cause;
    this.logger.error({ err: cause }, 'Database unavailable; serving stale cache entries');
    void this.recover(performance.now());
    return cause;
  }

  private async recover(since: number): Promise<void> {
    for (;;) {
      await sleep(RETRY_MS, undefined, { ref: false });
      if (this.isClosed) return;
      try {
        await this.connection.read();
        this.failure = undefined;
        this.logger.log(`Database available again after ${Math.round(performance.now() - since)} ms`);
        return;
      } catch (error) {
        this.failure = toFailure(error);
      }
    }
  }
}

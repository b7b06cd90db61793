import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../config/config';
import { Problem } from '../problems/problem';
import { Distribution } from '../instrumentation/distribution';
import { ResourceDependencies } from './resource-dependencies';
import type { Generation } from './generation';
import { GenerationReader } from './generation-reader';

/** What keys and accounts are tracked under, beside the resources. */
export const AUTH = 'auth';
/** Between two attempts to reach a database that is away. */
const RETRY_MS = 250;

const isTimeout = (error: unknown) => /timeout/i.test((error as Error).message);

/** A database that does not answer in time is as good as away. */
const unanswered = (error: unknown) =>
  isTimeout(error)
    ? new Problem('database_unavailable', { headers: { 'retry-after': '2' }, cause: error })
    : (error as Error);

/**
 * Two turns of the event loop, in which the requests that have arrived are read. They are then answered in a row, which
 * takes a fifth less than answering between two reads; to a request that comes alone it adds microseconds.
 */
async function othersToArrive(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

/**
 * Tells at which generation the database is: the question that makes the cache never stale. It is asked in batches: at
 * most one statement is under way and one waits, and whoever asks joins only a statement that starts after they came. So
 * every write acknowledged before the call is part of the answer, by whichever instance or psql session it was made.
 */
@Injectable()
export class Generations implements OnModuleDestroy {
  private readonly logger = new Logger(Generations.name);

  private reader: GenerationReader | undefined;

  private connecting: Promise<GenerationReader> | undefined;

  private last: Generation | undefined;

  /** The statement under way: of no use to whoever comes now. */
  private running: Promise<Generation> | undefined;

  /** The statement that will be next: whoever comes now joins it. */
  private next: Promise<Generation> | undefined;

  /** What those are given who may have the last one and come together. */
  private together: Promise<Generation> | undefined;

  /** Why the database cannot be asked, while it cannot. */
  private away: Error | undefined;

  private isClosed = false;

  private queries = 0;

  /** What each question took, in seconds; a few tenths of a millisecond where nothing is wrong. */
  readonly times = new Distribution([0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]);

  /** When the database last answered, in milliseconds since 1970; 0 before it did. */
  lastAnswerAt = 0;

  private failures = 0;

  constructor(
    private readonly config: Config,
    private readonly dependencies: ResourceDependencies,
  ) {}

  /**
   * The generation now, or one that is no older than CACHE_MAX_STALENESS_MS.
   *
   * @param most how old it may be, in milliseconds
   * @throws the failure of the database, at once while it is known to be away
   */
  current(most = this.config.CACHE_MAX_STALENESS_MS): Generation | Promise<Generation> {
    if (most > 0 && this.last) {
      const age = performance.now() - this.last.queriedAt;
      if (age <= most) {
        // Asked again in time, so that nobody waits while there are readers.
        if (age > most / 2 && !this.running) this.ask().catch(() => undefined);
        return (this.together ??= this.hand(this.last));
      }
    }
    if (this.away) return Promise.reject(this.away);
    return (this.next ??= this.gather());
  }

  /** Whether the database answers, what it was asked and how often it did not answer. */
  stats(): { state: 'up' | 'away'; queries: number; failures: number } {
    return { state: this.away ? 'away' : 'up', queries: this.queries, failures: this.failures };
  }

  onModuleDestroy(): void {
    this.isClosed = true;
    this.reader?.destroy();
  }

  /** Waits for the statement under way, then for the others who share the next one: under load that halves the statements. */
  private async gather(): Promise<Generation> {
    await this.running?.catch(() => undefined);
    await othersToArrive();
    this.next = undefined;
    if (this.away) throw this.away;
    return this.ask();
  }

  /** Gives the one that is known to all who come together. */
  private async hand(known: Generation): Promise<Generation> {
    await othersToArrive();
    this.together = undefined;
    return known;
  }

  private ask(): Promise<Generation> {
    this.running = this.read().finally(() => (this.running = undefined));
    return this.running;
  }

  private async read(): Promise<Generation> {
    const reader = this.reader;
    try {
      return await this.readFrom(reader ?? (await this.connect()));
    } catch (error) {
      this.drop(reader);
      // A connection that was lost, by a restart or a firewall, says nothing about the next one.
      if (reader && !isTimeout(error)) return this.reread();
      throw this.giveUp(unanswered(error));
    }
  }

  private async reread(): Promise<Generation> {
    try {
      return await this.readFrom(await this.connect());
    } catch (error) {
      this.drop(this.reader);
      throw this.giveUp(unanswered(error));
    }
  }

  private async readFrom(reader: GenerationReader): Promise<Generation> {
    this.queries++;
    const generation = await reader.read();
    this.times.add((performance.now() - generation.queriedAt) / 1000);
    this.lastAnswerAt = Date.now();
    return (this.last = generation);
  }

  private connect(): Promise<GenerationReader> {
    this.connecting ??= GenerationReader.connect(
      this.config.DATABASE_URL,
      [...this.dependencies.resources, AUTH],
      this.config.GENERATION_TIMEOUT_MS,
      (reader) => this.drop(reader),
    )
      .then((reader) => {
        if (this.isClosed) reader.destroy();
        return (this.reader = reader);
      })
      .finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  /** Lets go of a connection; the next question makes a new one. */
  private drop(reader: GenerationReader | undefined): void {
    reader?.destroy();
    if (reader !== this.reader) return;
    this.reader = undefined;
    // What was read before may be of another epoch by the time there is a connection again.
    this.last = undefined;
  }

  /** Tries for a connection until there is one; meanwhile nobody waits for it. */
  private giveUp(cause: Error): Error {
    if (this.isClosed || this.away) return cause;
    this.failures++;
    this.away = cause;
    this.logger.error(
      { err: cause },
      'The generation of the database cannot be asked: kept answers are stale until it can',
    );
    void this.comeBack(performance.now());
    return cause;
  }

  private async comeBack(since: number): Promise<void> {
    for (;;) {
      await sleep(RETRY_MS, undefined, { ref: false });
      if (this.isClosed) return;
      try {
        await this.readFrom(await this.connect());
        this.away = undefined;
        this.logger.log(`The database answers again after ${Math.round(performance.now() - since)} ms`);
        return;
      } catch (error) {
        this.drop(this.reader);
        this.away = unanswered(error);
      }
    }
  }
}

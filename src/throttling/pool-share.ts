import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { currentQueryStats } from '../instrumentation/request-timing';
import { Problem } from '../problems/problem';
import { FairQueue, QueueFull } from './fair-queue';

/** The most connections that the costly reads of one client, or its writes, hold at the same time. */
const CONNECTIONS_PER_CLIENT = 3;
/**
 * The parts of the pool for the costly reads, and for the writes, of all clients. With those of exports, a quarter, they
 * leave connections for other requests.
 */
const PARTS = { read: 0.3, write: 0.4 };
/** The part of the pool for all requests of one client. With its exports it leaves connections for other clients. */
const PART_PER_CLIENT = 0.6;
/** A response of this size is large: a page of 100 ordinary documents is far smaller. */
export const LARGE_BYTES = 512 * 1024;
/** The large responses of one client that are in memory, besides those in its share of the pool. */
const LARGE_PER_CLIENT = 2;
/** How fast each of them counts as read at most: 4 MiB a second. */
const BYTES_PER_MS = (4 * 1024 * 1024) / 1000;
/** The most requests of one client that wait. */
const MAX_WAITING = 1000;

/** Work that may hold a connection for long: a costly read, or a write, which waits for rows that others have locked. */
export type LongWork = keyof typeof PARTS;

/**
 * Bounds the connections of the pool that one client holds, so that another one always gets one. Further work waits,
 * clients in turns, as long as it would for the pool.
 */
@Injectable()
export class PoolShare {
  private readonly long: Record<LongWork, FairQueue>;

  private readonly all: FairQueue;

  private readonly large: FairQueue;

  constructor({ DATABASE_POOL_SIZE: size, DATABASE_POOL_TIMEOUT_MS: waitMs }: Config) {
    const connections = (part: number) => Math.max(1, Math.floor(size * part));
    const queue = (concurrency: number, concurrencyPerClient: number) =>
      // 0 is no limit, for the pool too.
      new FairQueue(concurrency, MAX_WAITING, undefined, { concurrencyPerClient, ...(waitMs > 0 && { waitMs }) });
    // One place is always left for other clients, where there are several.
    const longQueue = (concurrency: number) =>
      queue(concurrency, Math.min(CONNECTIONS_PER_CLIENT, Math.max(1, concurrency - 1)));
    this.long = { read: longQueue(connections(PARTS.read)), write: longQueue(connections(PARTS.write)) };
    this.all = queue(Infinity, connections(PART_PER_CLIENT));
    this.large = queue(Infinity, LARGE_PER_CLIENT);
  }

  /**
   * Waits, within `run`, until the client may get one more large response. It takes memory until it is read, and time
   * to build, in which no other request is served.
   *
   * @param read resolved when the client has read it or is gone
   * @throws QueueFull
   */
  awaitLarge(client: string, bytes: number, read: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const work = () => {
        resolve();
        return Promise.all([read, sleep(bytes / BYTES_PER_MS, undefined, { ref: false })]);
      };
      this.large.run(client, work).catch(reject);
    });
  }

  /**
   * Runs work when the client has a share left.
   *
   * @param kind undefined for work that holds a connection only briefly
   * @throws Problem 503 `overloaded` with Retry-After, and any error of `work`
   */
  async run<T>(client: string, kind: LongWork | undefined, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const run = () =>
      this.all.run(client, () => {
        currentQueryStats()?.addWait(performance.now() - start);
        return work();
      });
    try {
      return await (kind ? this.long[kind].run(client, run) : run());
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      const detail = 'Too many requests of this client are using the database.';
      throw new Problem('overloaded', { detail, headers: { 'retry-after': '1' }, isOfClient: true, cause: error });
    }
  }
}

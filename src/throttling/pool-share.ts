import type { ServerResponse } from 'node:http';
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
/** The large responses of one client that it has not read, besides those in its share of the pool. */
const LARGE_PER_CLIENT = 2;
/** How fast each of them counts as read at most, where it was built for the client: 4 MiB a second. */
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

  private readonly maxPaceMs: number;

  private readonly turns = new WeakMap<ServerResponse, Promise<void>>();

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
    // A client that reads one after the other is never refused.
    this.maxPaceMs = waitMs > 0 ? waitMs : Infinity;
  }

  /**
   * Waits until the client may get one more large response, which takes memory until it is read.
   *
   * @param bytes of a response that was built for the client, which took time in which no other request was served
   * @throws Problem 503 `overloaded` with Retry-After
   */
  awaitLarge(client: string, response: ServerResponse, bytes = 0): Promise<void> {
    const turn = new Promise<void>((resolve, reject) => {
      const work = () => {
        resolve();
        const paceMs = Math.min(bytes / BYTES_PER_MS, this.maxPaceMs);
        return Promise.all([closeOf(response), sleep(paceMs, undefined, { ref: false })]);
      };
      this.large.run(client, work).catch((error: unknown) => {
        // The error is sent as a response of its own.
        this.turns.delete(response);
        reject(
          error instanceof QueueFull ? overloaded('Too many large responses are unread.', error) : (error as Error),
        );
      });
    });
    this.turns.set(response, turn);
    return turn;
  }

  /** The turn of a response for which `awaitLarge` was called. */
  turnOf(response: ServerResponse): Promise<void> | undefined {
    return this.turns.get(response);
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
      throw overloaded('Too many requests of this client are using the database.', error);
    }
  }
}

const overloaded = (detail: string, cause: QueueFull) =>
  new Problem('overloaded', { detail, headers: { 'retry-after': '1' }, isOfClient: true, cause });

const closeOf = (response: ServerResponse) =>
  new Promise<void>((resolve) => (response.closed ? resolve() : response.once('close', resolve)));

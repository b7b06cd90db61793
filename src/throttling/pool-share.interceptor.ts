import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Config } from '../config/config';
import { Problem } from '../problems/problem';
import { parsedQueryOf } from '../routing/query-parameters';
import { requestOf, routeOf } from '../routing/route';
import { FairQueue, QueueFull } from './fair-queue';
import { isWrite } from './limits';
import { trackerOf } from './tracker';

/** The most connections that the costly reads of one client, or its writes, hold at the same time. */
const CONNECTIONS_PER_CLIENT = 3;
/** The parts of the pool for the costly reads, and for the writes, of all clients. */
const READS = 0.4;
const WRITES = 0.5;
/** The most requests of one client that wait. */
const MAX_WAITING = 1000;

/**
 * Bounds the connections of the pool that one client holds: by costly reads, and by writes, which wait for rows that
 * others have locked. Further requests wait, clients in turns, as long as they would for the pool. Neither
 * kind takes all connections.
 *
 * @throws Problem 503 `overloaded` with Retry-After
 */
@Injectable()
export class PoolShareInterceptor implements NestInterceptor {
  private readonly reads: FairQueue;

  private readonly writes: FairQueue;

  constructor({ DATABASE_POOL_SIZE: size, DATABASE_POOL_TIMEOUT_MS: waitMs }: Config) {
    const queue = (part: number) => {
      const concurrency = Math.max(1, Math.floor(size * part));
      // One place is always left for other clients, where there are several.
      const concurrencyPerClient = Math.min(CONNECTIONS_PER_CLIENT, Math.max(1, concurrency - 1));
      return new FairQueue(concurrency, MAX_WAITING, undefined, {
        concurrencyPerClient,
        // 0 is no limit, for the pool too.
        ...(waitMs > 0 && { waitMs }),
      });
    };
    this.reads = queue(READS);
    this.writes = queue(WRITES);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestOf(context);
    const queue = this.queueOf(request);
    if (!queue) return next.handle();
    const handle = () => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(queue.run(trackerOf(request), handle).catch(toProblem));
  }

  /** A public route that writes, such as a sign-in, has limits of its own and is no write of a known client. */
  private queueOf(request: FastifyRequest): FairQueue | undefined {
    const { access, query } = routeOf(request).config;
    if (isWrite(request)) return access === 'public' ? undefined : this.writes;
    return query && parsedQueryOf(request).isCostly ? this.reads : undefined;
  }
}

const toProblem = (error: unknown): never => {
  if (!(error instanceof QueueFull)) throw error;
  const detail = 'Too many costly reads or writes of this client are in progress.';
  throw new Problem('overloaded', { detail, headers: { 'retry-after': '1' }, isOfClient: true, cause: error });
};

import { setTimeout as sleep } from 'node:timers/promises';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { requestOf } from '../routing/route';
import { isWrite } from './limits';
import { ThrottlingStats } from './throttling-stats';
import { trackerOf } from './tracker';

/** A body up to this size is not paced: nearly every document is smaller. */
const SMALL_BYTES = 64 * 1024;
/** 2 MiB a second: a bulk request of the largest size every 2.5 s. */
const BYTES_PER_MS = (2 * 1024 * 1024) / 1000;
/** The longest wait for a turn. It is part of REQUEST_TIMEOUT_MS. */
const MAX_WAIT_MS = 5000;
/** Clients that are remembered. */
const MAX_CLIENTS = 10_000;

/**
 * Paces the large bodies of a client before they are read: parsing and validating one takes up to 50 ms in which no
 * other request is served, and the quota of a minute could be sent in a second.
 *
 * @throws Problem 429 `rate_limited` where the turn does not come in time
 */
@Injectable()
export class BodyPaceGuard implements CanActivate {
  /** When the next large body of a client is read, in milliseconds of `performance.now()`. */
  private readonly nextAt = new LRUCache<string, number>({ max: MAX_CLIENTS });

  constructor(private readonly stats: ThrottlingStats) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = requestOf(context);
    const bytes = bodySizeOf(request);
    if (bytes <= SMALL_BYTES) return true;
    const client = trackerOf(request);
    const now = performance.now();
    const startAt = Math.max(now, this.nextAt.get(client) ?? 0);
    const waitMs = startAt - now;
    if (waitMs > MAX_WAIT_MS)
      throw this.stats.refuse('writes', Math.ceil(waitMs / 1000), 'Too many large bodies of this client are waiting.');
    this.nextAt.set(client, startAt + bytes / BYTES_PER_MS);
    return waitMs === 0 || this.wait(waitMs);
  }

  private async wait(ms: number): Promise<true> {
    return sleep(ms, true, { ref: false });
  }
}

/** The size of the body that will be read; the limit of the route where the request does not name it. */
function bodySizeOf(request: FastifyRequest): number {
  const { headers, routeOptions } = request;
  if (!isWrite(request) || !routeOptions.config.handler) return 0;
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  const limit = routeOptions.bodyLimit;
  if (length === undefined) return encoding === undefined ? 0 : limit;
  // A larger one is refused unread.
  return Number(length) > limit ? 0 : Number(length);
}

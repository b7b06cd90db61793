import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../config/config';
import { Problem } from '../problems/problem';
import { addressKeyOf, trackerOf } from './tracker';
import { type LimitSet, Limits } from './limits';
import type { Tally } from './memory-windows';
import { rateLimitHeaders, secondsLeft } from './rate-limit-headers';
import { ThrottlingStats } from './throttling-stats';
import { WindowStorage } from './window-storage';

/** What a request was counted against, kept with it so that it can be given back. */
export interface Count {
  readonly caller: string;
  readonly set: LimitSet;
  readonly tally: Tally;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the request is counted, and on requests that are free. */
    counted: Count | null;
  }
}

/** Counts requests, refuses those over a limit, and tells every caller what is left. */
@Injectable()
export class RequestThrottle {
  readonly isEnabled: boolean;

  constructor(
    { THROTTLE_ENABLED }: Config,
    private readonly limits: Limits,
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
    private readonly stats: ThrottlingStats,
  ) {
    this.isEnabled = THROTTLE_ENABLED;
  }

  /**
   * Counts a request against the limits of every request, or, where they are given, against those of its route.
   * The result, or its promise where Redis has to be asked, is the refusal: 429 `rate_limited`.
   */
  admit(request: FastifyRequest, ofRoute?: LimitSet): Problem | undefined | Promise<Problem | undefined> {
    const { key, isAuthenticated } = trackerOf(request);
    const set = ofRoute ?? this.limits.of(request.method, isAuthenticated);
    const tally = this.storage.take(key, set.limits);
    return tally instanceof Promise
      ? tally.then((counted) => this.keep(request, { caller: key, set, tally: counted }))
      : this.keep(request, { caller: key, set, tally });
  }

  /** Whether the address of a request has used up what callers without credentials may ask; counts nothing. */
  isUsedUp(request: FastifyRequest): boolean {
    return this.isEnabled && this.storage.isUsedUp(addressKeyOf(request), this.limits.of(request.method, false).limits);
  }

  /**
   * Tells the caller what is left of each limit, after taking back what was counted for an answer that is free: a 304 that
   * the cache gave. One that had to be looked for costs as much as the whole answer, and `If-None-Match: *` makes a 304 of any.
   */
  tell(request: FastifyRequest, reply: FastifyReply): void {
    const { counted } = request;
    if (counted === null) return;
    const { caller, set, tally } = counted;
    if (reply.statusCode === 304 && request.timing?.cache === 'HIT') {
      request.counted = null;
      this.stats.refunded++;
      this.storage.giveBack(caller, set.limits, tally);
    }
    reply.headers(rateLimitHeaders(set, tally.windows, this.storage.now()));
  }

  private keep(request: FastifyRequest, count: Count): Problem | undefined {
    const before = request.counted;
    const { isRefused } = count.tally;
    request.counted = before
      ? {
          caller: count.caller,
          set: before.set.and(count.set),
          tally: { windows: [...before.tally.windows, ...count.tally.windows], isRefused },
        }
      : count;
    if (isRefused) return this.refuse(count, this.storage.now());
    if (!before) this.stats.allowed++;
    return undefined;
  }

  private refuse({ set: { limits }, tally: { windows } }: Count, now: number): Problem {
    let [name, quota, seconds] = ['', 0, 0];
    for (const [index, limit] of limits.entries()) {
      const window = windows[index];
      if (window === undefined || window.used < limit.quota || secondsLeft(window, now) <= seconds) continue;
      [name, quota, seconds] = [limit.name, limit.quota, secondsLeft(window, now)];
    }
    this.stats.refused[name] = (this.stats.refused[name] ?? 0) + 1;
    return new Problem('rate_limited', {
      detail: `The limit “${name}” of ${quota} requests is used up; try again in ${seconds} s.`,
      headers: { 'retry-after': String(seconds) },
    });
  }
}

import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import { Problem } from '../problems/problem';
import type { Limit } from './limit';
import { WindowStorage } from './window-storage';

/** Statistics of rate limiting since the process started. */
@Injectable()
export class ThrottlingStats {
  allowed = 0;

  /** Refused requests by the name of the limit that was used up. */
  readonly refused: Record<string, number> = {};

  /** Requests whose count was taken back: a 304 from the cache is free. */
  refunded = 0;

  constructor(@InjectThrottlerStorage() private readonly storage: WindowStorage) {}

  /** Requests that this instance counted locally, because the configured Redis did not respond. */
  get countedLocally(): number {
    return this.storage.countedLocally;
  }

  /** Counts a request that a limit refuses, and returns its response. */
  refuseBy({ name, quota }: Limit, seconds: number): Problem {
    return this.refuse(name, seconds, `The limit “${name}” of ${quota} requests is used up.`);
  }

  /** Counts a refused request, and returns its response: 429 `rate_limited` until the window ends. */
  refuse(limit: string, seconds: number, reason: string): Problem {
    this.refused[limit] = (this.refused[limit] ?? 0) + 1;
    const detail = `${reason} Try again in ${seconds} s.`;
    return new Problem('rate_limited', { detail, headers: { 'retry-after': String(seconds) } });
  }
}

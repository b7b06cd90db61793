import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import { Config } from '../config/config';
import type { Problem } from '../problems/problem';
import { anonymousLimit } from './limits';
import { addressTracker } from './tracker';
import { rateLimitHeadersOf } from './rate-limit-headers.plugin';
import { ThrottlingStats } from './throttling-stats';
import { WindowStorage } from './window-storage';

declare module 'fastify' {
  interface FastifyInstance {
    unparsedRequests: UnparsedRequests;
  }
}

/** Rate limiting of what the HTTP parser refuses: no guard sees such a request, and it has no principal. */
@Injectable()
export class UnparsedRequests {
  constructor(
    private readonly config: Config,
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
    private readonly stats: ThrottlingStats,
  ) {}

  /**
   * Counts a request against the anonymous limit of its connection's address.
   *
   * @returns the headers of its response, and 429 `rate_limited` where the limit is used up
   */
  count(address: string): { headers: Record<string, string>; refusal?: Problem } {
    if (!this.config.THROTTLE_ENABLED) return { headers: {} };
    const limit = anonymousLimit(this.config);
    const key = addressTracker(address);
    const { totalHits: used, timeToExpire: seconds, isBlocked } = this.storage.incrementNow(key, limit);
    const headers = rateLimitHeadersOf([{ ...limit, key, used, seconds }]);
    return isBlocked ? { headers, refusal: this.stats.refuseBy(limit, seconds) } : { headers };
  }
}

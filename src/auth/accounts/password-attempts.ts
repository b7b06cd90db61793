import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import { Problem } from '../../problems/problem';
import { addressTracker } from '../../throttling/tracker';
import { ThrottlingStats } from '../../throttling/throttling-stats';
import { WindowStorage } from '../../throttling/window-storage';

/** Failures of one address at one account. */
const LIMIT = { name: 'login', quota: 5, windowMs: 15 * 60_000 };

/**
 * Keeps guesses at a password few, with THROTTLE_ENABLED=false too. By address and account: whoever fails from elsewhere
 * keeps nobody out. All who come through one address are one, so a proxy has to be known (TRUST_PROXY_HOPS).
 */
@Injectable()
export class PasswordAttempts {
  /** The last of those who stand in line, by address and account. */
  private readonly lines = new Map<string, Promise<void>>();

  constructor(
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
    private readonly stats: ThrottlingStats,
  ) {}

  /**
   * Makes an attempt, unless too many have failed. Only those that come to nothing count, whichever account they name.
   *
   * @param address where it comes from
   * @throws Problem 429 `rate_limited`, and whatever `work` throws
   */
  make<T>(address: string, name: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    // Whatever a caller takes for a name is no longer than this in memory and in Redis.
    const key = `${addressTracker(address)} ${hash('sha256', name, 'base64url')}`;
    // One after the other: what is under way would count as failed.
    const turn = (this.lines.get(key) ?? Promise.resolve()).then(() => this.count(key, work));
    const end = turn
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.lines.get(key) === end) this.lines.delete(key);
      });
    this.lines.set(key, end);
    return turn;
  }

  private async count<T>(key: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const { isBlocked, timeToBlockExpire } = await this.storage.increment(
      key,
      LIMIT.windowMs,
      LIMIT.quota,
      0,
      LIMIT.name,
    );
    if (isBlocked) throw this.refusal(timeToBlockExpire);
    let failed = false;
    try {
      const result = await work();
      failed = result === undefined;
      return result;
    } finally {
      if (!failed) this.storage.decrement(key, LIMIT);
    }
  }

  private refusal(seconds = 1): Problem {
    this.stats.refused[LIMIT.name] = (this.stats.refused[LIMIT.name] ?? 0) + 1;
    return new Problem('rate_limited', {
      detail: `Too many attempts at this account have failed; try again in ${seconds} s.`,
      headers: { 'retry-after': String(seconds) },
    });
  }
}

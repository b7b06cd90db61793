import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import pLimit, { type LimitFunction } from 'p-limit';
import { addressTracker } from '../../throttling/tracker';
import { ThrottlingStats } from '../../throttling/throttling-stats';
import { WindowStorage } from '../../throttling/window-storage';

/** Failed attempts per client address and user name. */
const LIMIT = { name: 'login', quota: 5, windowMs: 15 * 60_000 };

/**
 * Limits failed password attempts, also with THROTTLE_ENABLED=false. The limit applies per client address and user
 * name, so that an attacker cannot lock a user out from another address. Behind a proxy it needs TRUST_PROXY_HOPS, or
 * all clients share one address.
 */
@Injectable()
export class PasswordAttempts {
  /** The attempts in progress and waiting, by client address and user name. */
  private readonly queues = new Map<string, LimitFunction>();

  constructor(
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
    private readonly stats: ThrottlingStats,
  ) {}

  /**
   * Runs an attempt, unless too many have failed. Only failed attempts count, for unknown names too.
   *
   * @param address the client address
   * @param work returns undefined for a failed attempt
   * @throws Problem 429 `rate_limited`, and any error of `work`
   */
  async run<T>(address: string, name: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    // A digest, so that a long name takes no more memory here and in Redis.
    const key = `${addressTracker(address)} ${hash('sha256', name, 'base64url')}`;
    // One after the other, because an attempt counts as failed until it succeeds.
    const queue = this.queues.get(key) ?? pLimit(1);
    this.queues.set(key, queue);
    try {
      return await queue(() => this.count(key, work));
    } finally {
      if (queue.activeCount + queue.pendingCount === 0) this.queues.delete(key);
    }
  }

  private async count<T>(key: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const { name, quota, windowMs } = LIMIT;
    const { isBlocked, timeToBlockExpire } = await this.storage.increment(key, windowMs, quota, 0, name);
    if (isBlocked) throw this.stats.refuse(name, timeToBlockExpire, 'Too many failed attempts for this user.');
    let failed = false;
    try {
      const result = await work();
      failed = result === undefined;
      return result;
    } finally {
      if (!failed) this.storage.decrement(key, LIMIT);
    }
  }
}

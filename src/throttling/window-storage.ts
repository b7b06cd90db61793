import type { ThrottlerStorage } from '@nestjs/throttler';
import type { AppliedLimit, Limit } from './limit';
import { MemoryWindows } from './memory-windows';
import { type RedisConnection, RedisWindows } from './redis-windows';

/** The package's record of a counted request; times in whole seconds, at least one. */
type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * The storage of `@nestjs/throttler`: fixed windows, in memory or in Redis for all instances. The counts of Redis are
 * copied to memory: a full window is refused without a round trip until it ends, and while Redis is unavailable this
 * instance continues from the last known count.
 */
export class WindowStorage implements ThrottlerStorage {
  /** Requests that this instance counted locally, because the configured Redis did not respond. */
  countedLocally = 0;

  private readonly shared: RedisWindows | undefined;

  constructor(
    redis: RedisConnection,
    private readonly memory = new MemoryWindows(),
  ) {
    this.shared = redis.isConfigured ? new RedisWindows(redis) : undefined;
  }

  /** Counts a request, unless the window is full. A refusal lasts until the window ends, not for `blockDuration`. */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    _blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord> {
    const applied = { name: throttlerName, quota: limit, windowMs: ttl };
    if (!this.shared || this.isFull(key, applied)) return this.countLocally(key, applied);
    const counted = await this.shared.change('increment', key, applied);
    if (counted) return this.record(this.copy(key, applied, counted), counted.isFull);
    this.countedLocally++;
    return this.countLocally(key, applied);
  }

  /** Counts a request without waiting for Redis. */
  incrementNow(key: string, limit: Limit): ThrottlerRecord {
    const record = this.countLocally(key, limit);
    if (!record.isBlocked)
      void this.shared?.change('increment', key, limit).then((counted) => counted && this.copy(key, limit, counted));
    return record;
  }

  /** Takes a counted request back, without waiting for Redis. */
  decrement(key: string, limit: Limit): void {
    const window = this.memory.find(key, limit);
    window.used = Math.max(0, window.used - 1);
    void this.shared?.change('decrement', key, limit).then((counted) => counted && this.copy(key, limit, counted));
  }

  /** Takes a request back from every limit that it was counted against. */
  refund(limits: readonly AppliedLimit[]): void {
    for (const limit of limits) {
      this.decrement(limit.key, limit);
      limit.used--;
    }
  }

  /** Whether the window is full, as far as this instance knows; counts nothing. */
  isFull(key: string, limit: Limit): boolean {
    return this.memory.find(key, limit).used >= limit.quota;
  }

  /** The requests that this instance refused in the current window. */
  refusalsOf(key: string, limit: Limit): number {
    return this.memory.find(key, limit).refused;
  }

  private countLocally(key: string, limit: Limit): ThrottlerRecord {
    const window = this.memory.find(key, limit);
    const isFull = window.used >= limit.quota;
    if (isFull) window.refused++;
    else window.used++;
    return this.record(window, isFull);
  }

  private record({ used, endsAt }: { used: number; endsAt: number }, isBlocked: boolean): ThrottlerRecord {
    const seconds = Math.max(1, Math.ceil((endsAt - this.memory.now()) / 1000));
    return {
      totalHits: isBlocked ? used + 1 : used,
      timeToExpire: seconds,
      isBlocked,
      timeToBlockExpire: isBlocked ? seconds : 0,
    };
  }

  private copy(key: string, limit: Limit, { used, leftMs }: { used: number; leftMs: number }) {
    const window = this.memory.find(key, limit);
    window.used = used;
    window.endsAt = this.memory.now() + leftMs;
    return window;
  }
}

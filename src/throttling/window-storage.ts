import type { ThrottlerStorage } from '@nestjs/throttler';
import type { GuardedRedis } from '../redis/guarded-redis';
import type { Limit } from './limits';
import { MemoryWindows, type Tally } from './memory-windows';
import { type RedisReply, RedisWindows } from './redis-windows';

/**
 * Counts requests in fixed windows, in constant time: in memory, or in Redis for all instances together where there is
 * one. What Redis counted is remembered here: what it refused is refused again without asking until the window ends,
 * and when it does not answer this instance counts on from there by itself.
 */
export class WindowStorage implements ThrottlerStorage {
  /** Requests that this instance counted by itself, because Redis is configured and did not answer. */
  countedAlone = 0;

  private readonly shared: RedisWindows | undefined;

  constructor(
    redis: Pick<GuardedRedis, 'isConfigured' | 'attempt'>,
    private readonly memory = new MemoryWindows(),
  ) {
    this.shared = redis.isConfigured ? new RedisWindows(redis) : undefined;
  }

  /** The clock of all windows, in milliseconds. */
  now(): number {
    return this.memory.now();
  }

  /** Counts a request of a caller against limits; at once in memory, by a promise where Redis has to be asked. */
  take(caller: string, limits: readonly Limit[]): Tally | Promise<Tally> {
    if (!this.shared) return this.memory.take(caller, limits);
    const known = this.memory.look(caller, limits);
    return known.isRefused ? known : this.takeTogether(this.shared, caller, limits);
  }

  /** Whether nothing is left of one of the limits, as far as this instance knows; counts nothing. */
  isUsedUp(caller: string, limits: readonly Limit[]): boolean {
    return this.memory.look(caller, limits).isRefused;
  }

  /** Takes back what `take` counted: the answer was found to be free. Redis is told, but not waited for. */
  giveBack(caller: string, limits: readonly Limit[], { windows }: Tally): void {
    for (const window of windows) window.used = Math.max(0, window.used - 1);
    void this.shared?.giveBack(caller, limits).then((answer) => answer && this.learn(caller, limits, answer));
  }

  /** The package's own question, one limit at a time; a refusal lasts until the window ends, not for `blockDuration`. */
  async increment(caller: string, ttl: number, limit: number, _blockDuration: number, name: string) {
    const { isRefused, windows } = await this.take(caller, [{ name, quota: limit, windowMs: ttl }]);
    const { used = 0, endsAt = 0 } = windows[0] ?? {};
    const seconds = Math.max(1, Math.ceil((endsAt - this.now()) / 1000));
    return {
      totalHits: isRefused ? used + 1 : used,
      timeToExpire: seconds,
      isBlocked: isRefused,
      timeToBlockExpire: isRefused ? seconds : 0,
    };
  }

  private async takeTogether(shared: RedisWindows, caller: string, limits: readonly Limit[]): Promise<Tally> {
    const answer = await shared.take(caller, limits);
    if (answer) return this.learn(caller, limits, answer);
    this.countedAlone++;
    return this.memory.take(caller, limits);
  }

  private learn(caller: string, limits: readonly Limit[], { windows, isRefused }: RedisReply): Tally {
    return {
      isRefused,
      windows: limits.map((limit, index) => {
        const { used = 0, left = limit.windowMs } = windows[index] ?? {};
        return this.memory.learn(caller, limit, used, left);
      }),
    };
  }
}

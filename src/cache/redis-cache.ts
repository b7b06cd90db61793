import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Cache, CacheModule, type CacheOptions } from '@nestjs/cache-manager';
import { KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-redis-yet';
import { Keyv } from 'keyv';
import { GuardedRedis } from '../redis/guarded-redis';

/** What all our keys in Redis begin with, followed by a colon. */
const NAMESPACE = 'mdl:answers';
const PROBE_TTL_MS = 10_000;
/** Keys that one step of a flush looks at. */
const FLUSH_STEP = 1000;
/** Whoever flushes would rather wait than leave half of it. */
const FLUSH_STEP_DEADLINE_MS = 2000;

type StoreClient = Parameters<typeof redisInsStore>[0];

/**
 * The commands that the store sends, each behind the guard, so that nothing above can hang or fail. Those that it must
 * not send are missing: its `reset` is FLUSHDB, its `keys` is KEYS.
 */
const guardedCommands = (redis: GuardedRedis) =>
  ({
    get: (key: string) => redis.attempt((client) => client.get(key)),
    set: (key: string, text: string, { PX }: { PX: number }) =>
      redis.attempt((client) => client.set(key, text, { expiration: { type: 'PX', value: PX } })),
    del: (key: string) => redis.attempt((client) => client.unlink(key)),
  }) as unknown as StoreClient;

/**
 * The `Cache` of `@nestjs/cache-manager`, kept in Redis. Its stock `CacheInterceptor` is not used: it tells neither callers
 * nor query spellings apart, and a hit loses status and headers.
 */
export const redisStoreModule = CacheModule.registerAsync({
  inject: [GuardedRedis],
  useFactory: (redis: GuardedRedis) => {
    const keyv = new Keyv(new KeyvAdapter(redisInsStore(guardedCommands(redis))), { namespace: NAMESPACE });
    // The store makes JSON by itself; twice is once too often.
    keyv.serialize = undefined;
    keyv.deserialize = undefined;
    // As `store:` the module would quietly keep everything in memory. Keyv has one type for import and one for require.
    return { stores: [keyv] as unknown as NonNullable<CacheOptions['stores']> };
  },
});

/** Answers that the instances share, as texts in Redis. Losing it costs time and nothing else. */
@Injectable()
export class RedisCache {
  private readonly logger = new Logger(RedisCache.name);

  /** Whether what is kept arrives in Redis; undefined until Redis could be asked. */
  private arrives: boolean | undefined;

  private proving: Promise<boolean> | undefined;

  constructor(
    private readonly cache: Cache,
    private readonly redis: GuardedRedis,
  ) {}

  get isConfigured(): boolean {
    return this.redis.isConfigured;
  }

  /** Never throws, never takes longer than REDIS_TIMEOUT_MS; undefined also when Redis is away. */
  async get(key: string): Promise<string | undefined> {
    if (!(this.arrives ?? (await this.prove()))) return undefined;
    const text = await this.cache.get<unknown>(key);
    return typeof text === 'string' ? text : undefined;
  }

  /** Keeps a text for so many seconds, if Redis is there. Never throws; nobody needs to wait for it. */
  async set(key: string, text: string, ttlSeconds: number): Promise<void> {
    // Whole milliseconds: Redis refuses fractions, and the store takes 0 for "for ever".
    const ttlMs = Math.floor(ttlSeconds * 1000);
    if (ttlMs < 1 || !(this.arrives ?? (await this.prove()))) return;
    await this.cache.set(key, text, ttlMs);
  }

  /**
   * Removes the answers of all instances and no other key, in steps that do not hold up Redis.
   *
   * @returns how many were removed; when Redis goes away meanwhile, as many as were
   */
  async flush(): Promise<number> {
    let removed = 0;
    let cursor = '0';
    do {
      const step = await this.redis.attempt(async (client) => {
        const { cursor: next, keys } = await client.scan(cursor, { MATCH: `${NAMESPACE}:*`, COUNT: FLUSH_STEP });
        return { next, removed: keys.length > 0 ? await client.unlink(keys) : 0 };
      }, FLUSH_STEP_DEADLINE_MS);
      if (!step) break;
      cursor = step.next;
      removed += step.removed;
    } while (cursor !== '0');
    return removed;
  }

  private async prove(): Promise<boolean> {
    this.proving ??= this.findProbe().finally(() => (this.proving = undefined));
    return this.proving;
  }

  /** Three packages lie between the cache and Redis, and several ways to join them keep everything in memory instead. */
  private async findProbe(): Promise<boolean> {
    // Not a look at its state: that changes only when somebody tries.
    if ((await this.redis.attempt((client) => client.ping())) === undefined) return false;
    const { failures } = this.redis.stats();
    const probe = `probe:${randomUUID()}`;
    await this.cache.set(probe, probe, PROBE_TTL_MS);
    const found = await this.redis.attempt((client) => client.exists(`${NAMESPACE}:${probe}`));
    // If Redis failed on the way, nothing is proved; the next question tries again.
    if (found === undefined || this.redis.stats().failures !== failures) return false;
    this.arrives = found === 1;
    if (!this.arrives)
      this.logger.error('What the cache keeps does not arrive in Redis: answers are not shared between instances');
    return this.arrives;
  }
}

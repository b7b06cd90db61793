import { type Cache, type CacheOptions } from '@nestjs/cache-manager';
import { KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-redis-yet';
import { Keyv } from 'keyv';

/** Prefix of every key in Redis. */
const NAMESPACE = 'mdl:cache';
/** Keys that one step of a flush scans. */
const FLUSH_STEP = 1000;
/** Timeout of one step of a flush: longer than that of requests, so that a flush is complete. */
const FLUSH_STEP_TIMEOUT_MS = 2000;

interface RedisCommands {
  get(key: string): Promise<string | null>;
  set(key: string, text: string, options: { expiration: { type: 'PX'; value: number } }): Promise<unknown>;
  unlink(keys: string | string[]): Promise<number>;
  scan(cursor: string, options: { MATCH: string; COUNT: number }): Promise<{ cursor: string; keys: string[] }>;
}

/** A connection to Redis that never throws and never hangs, such as `GuardedRedis`. */
export interface RedisConnection {
  readonly isConfigured: boolean;
  /** @returns undefined where Redis does not respond in time or refuses the command */
  attempt<T>(command: (client: RedisCommands) => Promise<T>, timeoutMs?: number): Promise<T | undefined>;
}

type StoreClient = Parameters<typeof redisInsStore>[0];

/**
 * The commands that the store of `cache-manager-redis-yet` sends, each with our timeout and circuit breaker. Commands
 * that it must not send are missing: its `reset` is FLUSHDB, its `keys` is KEYS.
 */
const guardedClient = (redis: RedisConnection) =>
  ({
    get: (key: string) => redis.attempt((client) => client.get(key)),
    set: (key: string, text: string, { PX }: { PX: number }) =>
      redis.attempt((client) => client.set(key, text, { expiration: { type: 'PX', value: PX } })),
    del: (key: string) => redis.attempt((client) => client.unlink(key)),
  }) as unknown as StoreClient;

/**
 * The options of `@nestjs/cache-manager` for the store of `cache-manager-redis-yet`. The package's own `CacheInterceptor`
 * is not used: it distinguishes neither principals nor spellings of a query, and a hit loses status and headers.
 */
export function redisCacheOptions(redis: RedisConnection): CacheOptions {
  const keyv = new Keyv(new KeyvAdapter(redisInsStore(guardedClient(redis))), { namespace: NAMESPACE });
  // The store serializes by itself.
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  // Keyv has two types that differ in name only, one for import and one for require.
  return { stores: [keyv] as unknown as NonNullable<CacheOptions['stores']> };
}

/** The second layer (L2): entries as text in Redis, shared by all instances. The loss of Redis costs only time. */
export class RedisCache {
  constructor(
    private readonly cache: Cache,
    private readonly redis: RedisConnection,
  ) {}

  get isConfigured(): boolean {
    return this.redis.isConfigured;
  }

  /** Never throws, and takes at most REDIS_TIMEOUT_MS; undefined also where Redis does not respond. */
  async get(key: string): Promise<string | undefined> {
    const text = await this.cache.get<unknown>(key);
    return typeof text === 'string' ? text : undefined;
  }

  /** Stores a text for some seconds, if Redis responds. Never throws; do not wait for it. */
  async set(key: string, text: string, ttlSeconds: number): Promise<void> {
    // Whole milliseconds: Redis refuses fractions, and the store takes 0 for no expiry.
    const ttlMs = Math.floor(ttlSeconds * 1000);
    if (ttlMs >= 1) await this.cache.set(key, text, ttlMs);
  }

  /**
   * Removes the entries of all instances and no other key, in steps that do not block Redis.
   *
   * @returns how many were removed; fewer than all where Redis stops responding
   */
  async flush(): Promise<number> {
    let removed = 0;
    let cursor = '0';
    do {
      const step = await this.redis.attempt(async (client) => {
        const { cursor: next, keys } = await client.scan(cursor, { MATCH: `${NAMESPACE}:*`, COUNT: FLUSH_STEP });
        return { next, removed: keys.length > 0 ? await client.unlink(keys) : 0 };
      }, FLUSH_STEP_TIMEOUT_MS);
      if (!step) break;
      cursor = step.next;
      removed += step.removed;
    } while (cursor !== '0');
    return removed;
  }
}

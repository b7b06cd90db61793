import { Inject, Injectable } from '@nestjs/common';
import { isDatabaseUnavailable } from '../database/database-errors';
import { CacheSettings } from '../generations/cache-settings';
import { tracing } from '../instrumentation/tracing';
import { Problem } from '../problems/problem';
import type { Representation } from '../responses/representation';
import { CacheCounts, type CacheState } from './cache-counts';
import { CacheEntry } from './cache-entry';
import type { CacheKey } from './cache-keys';
import { MemoryCache } from './memory-cache';
import { RedisCache } from './redis-cache';

/** The prefix of cache keys: instances with the same prefix share their entries in Redis. */
export class CacheNamespace {
  constructor(readonly value: string) {}
}

/** An entry that was found or filled. */
export interface CacheResult {
  entry: CacheEntry;
  state: CacheState;
  /** Age of a stale entry: seconds since it was last revalidated. */
  age?: number;
}

/**
 * A fill in progress. Emptied at its end: a Map that is filled and emptied all the time keeps garbage of the old
 * generation of the heap reachable (docs/performance.md).
 */
interface Fill {
  result?: Promise<CacheResult> | undefined;
}

/**
 * The response cache: memory, then Redis, then the handler. An entry is stored under the generation that was read
 * before it was filled, so it may be newer than its key and never older: found under the current generation it is
 * current.
 */
@Injectable()
export class ResponseCache {
  /** Fills in progress, by cache key. */
  private readonly inFlight = new Map<string, Fill>();

  constructor(
    private readonly settings: CacheSettings,
    private readonly memory: MemoryCache,
    @Inject(RedisCache) private readonly redis: Pick<RedisCache, 'isConfigured' | 'get' | 'set'>,
    private readonly namespace: CacheNamespace,
    private readonly counts: CacheCounts,
  ) {}

  /** The entry in memory, if it is valid for this generation. */
  get({ url, tag, queriedAt }: CacheKey): CacheEntry | undefined {
    const entry = this.memory.get(url);
    if (entry?.tag !== tag || !this.isFresh(entry, queriedAt)) return undefined;
    this.counts.memory.hits++;
    if (queriedAt > entry.revalidatedAt) entry.revalidatedAt = queriedAt;
    return entry;
  }

  /**
   * Finds or fills an entry that memory does not have. Concurrent requests with one key are coalesced into one fill
   * (cache stampede protection).
   *
   * @param fill builds the response from the database
   */
  getOrFill(key: CacheKey, fill: () => Promise<Representation>): Promise<CacheResult> {
    this.counts.memory.misses++;
    const name = this.nameOf(key);
    const running = this.inFlight.get(name)?.result;
    if (running) {
      this.counts.shared++;
      // The timeout of another request is not the timeout of this one, unless both started together. Nor is the limit
      // of another client the limit of this one.
      return running.catch((error: unknown) => {
        const isOfOther = error instanceof Problem && (error.code === 'timeout' || error.isOfClient);
        const { HANDLER_TIMEOUT_MS: timeoutMs } = this.settings;
        const hasTime = timeoutMs === 0 || performance.now() - key.queriedAt < timeoutMs;
        if (!isOfOther || !hasTime) throw error;
        // By its own share: the next in line would again be a request of that client.
        return error.isOfClient ? this.find(key, name, fill) : this.getOrFill(key, fill);
      });
    }
    const started: Fill = {};
    this.inFlight.set(name, started);
    return (started.result = this.find(key, name, fill).finally(() => {
      this.inFlight.delete(name);
      started.result = undefined;
    }));
  }

  /**
   * The last known response, for a database that is unavailable.
   *
   * @returns undefined where it is older than CACHE_STALE_ON_ERROR seconds
   */
  getStale(url: string): CacheResult | undefined {
    const entry = this.memory.get(url);
    if (!entry) return undefined;
    const age = Math.ceil((performance.now() - entry.revalidatedAt) / 1000);
    return age <= this.settings.CACHE_STALE_ON_ERROR ? { entry, state: 'STALE', age } : undefined;
  }

  /** The cache key as text, the same in every instance that runs the same code on the same database. */
  nameOf({ url, tag }: Pick<CacheKey, 'url' | 'tag'>): string {
    return `${this.namespace.value}:${tag}:${url}`;
  }

  /** The listener for an entry that holds one more encoding. */
  readonly onGrown = (url: string) => (entry: CacheEntry) => this.memory.resize(url, entry);

  private async find(key: CacheKey, name: string, fill: () => Promise<Representation>): Promise<CacheResult> {
    const present = this.memory.get(key.url);
    try {
      // In another epoch the same row version can have other content.
      if (
        present?.isUnchanged &&
        present.epoch === key.epoch &&
        this.isFresh(present, key.queriedAt) &&
        (await present.isUnchanged())
      ) {
        this.counts.survived++;
        return { entry: this.store(key, present), state: 'HIT' };
      }
      const shared = this.redis.isConfigured ? await this.getFromRedis(name) : undefined;
      if (shared) return { entry: this.store(key, shared), state: 'HIT' };
      const entry = this.store(key, CacheEntry.of(await fill(), name));
      if (this.redis.isConfigured) void this.redis.set(name, entry.toText(), this.settings.CACHE_TTL);
      return { entry, state: 'MISS' };
    } catch (error) {
      const stale = isDatabaseUnavailable(error) ? this.getStale(key.url) : undefined;
      if (stale) return stale;
      throw error;
    }
  }

  private async getFromRedis(name: string): Promise<CacheEntry | undefined> {
    const startedAt = performance.now();
    const text = await this.redis.get(name);
    const entry = text === undefined ? undefined : CacheEntry.parse(text);
    this.counts.redis[entry ? 'hits' : 'misses']++;
    tracing.tracer?.record('cache lookup', performance.now() - startedAt, {
      'mdl.cache.layer': 'redis',
      'mdl.cache.result': entry ? 'hit' : 'miss',
    });
    return entry;
  }

  private store({ url, tag, epoch, queriedAt }: CacheKey, entry: CacheEntry): CacheEntry {
    if (queriedAt >= entry.revalidatedAt) {
      entry.tag = tag;
      entry.epoch = epoch;
      entry.revalidatedAt = queriedAt;
    }
    this.memory.set(url, entry);
    return entry;
  }

  private isFresh(entry: CacheEntry, now: number): boolean {
    const { CACHE_TTL, CACHE_MAX_TTL } = this.settings;
    return now - entry.revalidatedAt <= CACHE_TTL * 1000 && now - entry.createdAt <= CACHE_MAX_TTL * 1000;
  }
}

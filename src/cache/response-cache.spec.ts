import { readConfig } from '../config/config';
import { Problem } from '../problems/problem';
import { Representation } from '../responses/representation';
import { CacheCounts } from './cache-counts';
import type { CacheKey } from './cache-keys';
import { MemoryCache } from './memory-cache';
import { CacheNamespace, ResponseCache } from './response-cache';

/** A Redis layer in memory. */
class FakeRedisCache {
  isConfigured = false;
  readonly texts = new Map<string, string>();

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(key));
  }

  set(key: string, text: string): Promise<void> {
    this.texts.set(key, text);
    return Promise.resolve();
  }
}

const key = (tag = 'e.1', changes: Partial<CacheKey> = {}): CacheKey => ({
  url: '/metrics',
  tag,
  epoch: 'e',
  queriedAt: performance.now(),
  ...changes,
});
const filled = (text: string, isUnchanged?: () => Promise<boolean>) =>
  jest.fn(() => Promise.resolve(new Representation(text, {}, undefined, isUnchanged)));
const unused = () => Promise.reject(new Error('The entry must not be filled.'));
const unavailable = () => new Problem('database_unavailable');

describe('ResponseCache', () => {
  let redis: FakeRedisCache;
  let counts: CacheCounts;
  let cache: ResponseCache;

  const create = (settings: Record<string, string> = {}, namespace = 'code') => {
    const config = readConfig({ DATABASE_URL: 'postgresql://none', ...settings });
    return new ResponseCache(config, new MemoryCache(config), redis, new CacheNamespace(namespace), counts);
  };
  /** The body and state of a lookup that fills where it must. */
  const lookUp = async (from: ResponseCache, at: CacheKey, fill: () => Promise<Representation>) => {
    const present = from.get(at);
    if (present) return ['HIT', present.body.toString()];
    const { entry, state } = await from.getOrFill(at, fill);
    return [state, entry.body.toString()];
  };

  beforeEach(() => {
    redis = new FakeRedisCache();
    counts = new CacheCounts();
    cache = create();
  });

  describe('memory', () => {
    it('fills a miss, and has a hit until the generation changes', async () => {
      expect(await lookUp(cache, key('e.1'), filled('1'))).toEqual(['MISS', '1']);
      expect(await lookUp(cache, key('e.1'), unused)).toEqual(['HIT', '1']);
      expect(await lookUp(cache, key('e.2'), filled('2'))).toEqual(['MISS', '2']);
      expect(counts.memory.summary()).toMatchObject({ hits: 1, misses: 2 });
    });

    it('does not return an entry beyond CACHE_TTL since it was revalidated', async () => {
      const start = performance.now();
      await lookUp(cache, key('e.1', { queriedAt: start }), filled('1'));
      expect(cache.get(key('e.1', { queriedAt: start + 599_000 }))).toBeDefined();
      // The lookup has revalidated it.
      expect(cache.get(key('e.1', { queriedAt: start + 1_000_000 }))).toBeDefined();
      expect(cache.get(key('e.1', { queriedAt: start + 1_601_000 }))).toBeUndefined();
    });

    it('does not return an entry beyond CACHE_MAX_TTL since it was created', async () => {
      cache = create({ CACHE_TTL: '600', CACHE_MAX_TTL: '600' });
      const start = performance.now();
      await lookUp(cache, key('e.1', { queriedAt: start }), filled('1'));
      expect(cache.get(key('e.1', { queriedAt: start + 500_000 }))).toBeDefined();
      expect(cache.get(key('e.1', { queriedAt: start + 700_000 }))).toBeUndefined();
    });

    it('does not store an error', async () => {
      await expect(cache.getOrFill(key(), () => Promise.reject(new Problem('not_found')))).rejects.toThrow();
      expect(await lookUp(cache, key(), filled('1'))).toEqual(['MISS', '1']);
    });
  });

  describe('coalescing', () => {
    it('shares one fill between concurrent requests with one key', async () => {
      const fill = filled('1');
      const at = key();
      const results = await Promise.all(Array.from({ length: 50 }, () => cache.getOrFill(at, fill)));
      expect(fill).toHaveBeenCalledTimes(1);
      expect(new Set(results.map(({ entry }) => entry)).size).toBe(1);
      expect(counts.shared).toBe(49);
    });

    it('does not share a fill between generations', async () => {
      const [before, after] = await Promise.all([
        cache.getOrFill(key('e.1'), filled('1')),
        cache.getOrFill(key('e.2'), filled('2')),
      ]);
      expect([before.entry.body, after.entry.body].map(String)).toEqual(['1', '2']);
    });

    it('shares an error, but not the timeout of another request', async () => {
      const failing = (code: 'internal_error' | 'timeout') => () => Promise.reject(new Problem(code));
      const fill = filled('1');
      const broken = [cache.getOrFill(key(), failing('internal_error')), cache.getOrFill(key(), fill)];
      for (const result of broken) await expect(result).rejects.toMatchObject({ code: 'internal_error' });
      const first = cache.getOrFill(key(), failing('timeout'));
      const second = cache.getOrFill(key(), fill);
      await expect(first).rejects.toMatchObject({ code: 'timeout' });
      expect(String((await second).entry.body)).toBe('1');
    });

    it('does not share the limit of another client', async () => {
      const refused = new Problem('overloaded', { isOfClient: true });
      const first = cache.getOrFill(key(), () => Promise.reject(refused));
      const second = cache.getOrFill(key(), filled('1'));
      await expect(first).rejects.toBe(refused);
      expect(String((await second).entry.body)).toBe('1');
    });
  });

  describe('revalidation', () => {
    it('renews an unchanged entry after a write to other rows', async () => {
      const isUnchanged = jest.fn(() => Promise.resolve(true));
      await lookUp(cache, key('e.1'), filled('1', isUnchanged));
      expect(await lookUp(cache, key('e.2'), unused)).toEqual(['HIT', '1']);
      expect(await lookUp(cache, key('e.2'), unused)).toEqual(['HIT', '1']);
      expect([isUnchanged.mock.calls.length, counts.survived]).toEqual([1, 1]);
    });

    it('fills again where the row has changed', async () => {
      await lookUp(
        cache,
        key('e.1'),
        filled('1', () => Promise.resolve(false)),
      );
      expect(await lookUp(cache, key('e.2'), filled('2'))).toEqual(['MISS', '2']);
    });

    it('is not tried in another epoch, where the same version can have other content', async () => {
      await lookUp(
        cache,
        key('e.1'),
        filled('1', () => Promise.resolve(true)),
      );
      expect(await lookUp(cache, key('f.1', { epoch: 'f' }), filled('2'))).toEqual(['MISS', '2']);
    });

    it('does not replace an entry of a later state by a slow fill of an earlier one', async () => {
      const early = key('e.1', { queriedAt: 1 });
      let respond: (representation: Representation) => void = () => undefined;
      const slow = cache.getOrFill(early, () => new Promise((resolve) => (respond = resolve)));
      await lookUp(cache, key('e.2', { queriedAt: 2 }), filled('2'));
      respond(new Representation('1'));
      await slow;
      expect(await lookUp(cache, key('e.2', { queriedAt: 3 }), unused)).toEqual(['HIT', '2']);
    });
  });

  describe('Redis', () => {
    beforeEach(() => {
      redis.isConfigured = true;
      cache = create();
    });

    it('has the entries of other instances', async () => {
      await lookUp(cache, key(), filled('1'));
      expect(await lookUp(create(), key(), unused)).toEqual(['HIT', '1']);
      expect(counts.redis.summary()).toMatchObject({ hits: 1, misses: 1 });
    });

    it('has none for another generation, nor for instances with other code', async () => {
      await lookUp(cache, key('e.1'), filled('1'));
      expect(await lookUp(create(), key('e.2'), filled('2'))).toEqual(['MISS', '2']);
      expect(await lookUp(create({}, 'other code'), key('e.1'), filled('3'))).toEqual(['MISS', '3']);
    });

    it('does not return a malformed entry', async () => {
      redis.texts.set(cache.nameOf(key()), 'malformed');
      expect(await lookUp(cache, key(), filled('1'))).toEqual(['MISS', '1']);
    });
  });

  describe('an unavailable database', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('leaves the last known response, with its age', async () => {
      await lookUp(cache, key('e.1'), filled('1'));
      jest.advanceTimersByTime(4500);
      const result = await cache.getOrFill(key('e.2'), () => Promise.reject(unavailable()));
      expect([result.state, result.age, String(result.entry.body)]).toEqual(['STALE', 5, '1']);
      expect(cache.getStale('/metrics')).toMatchObject({ state: 'STALE', age: 5 });
    });

    it('leaves nothing older than CACHE_STALE_ON_ERROR', async () => {
      cache = create({ CACHE_STALE_ON_ERROR: '10' });
      await lookUp(cache, key('e.1'), filled('1'));
      jest.advanceTimersByTime(10_100);
      expect(cache.getStale('/metrics')).toBeUndefined();
      await expect(cache.getOrFill(key('e.2'), () => Promise.reject(unavailable()))).rejects.toThrow();
    });

    it('leaves nothing for another URL', () => {
      expect(cache.getStale('/domains')).toBeUndefined();
    });

    it('is not assumed for other errors', async () => {
      await lookUp(cache, key('e.1'), filled('1'));
      await expect(cache.getOrFill(key('e.2'), () => Promise.reject(new Problem('internal_error')))).rejects.toThrow();
    });
  });
});

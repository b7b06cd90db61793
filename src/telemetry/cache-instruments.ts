import { CacheCounts } from '../cache/cache-counts';
import { MemoryCache } from '../cache/memory-cache';
import { Config } from '../config/config';
import { Generations } from '../generations/generations';
import { GuardedRedis } from '../redis/guarded-redis';
import { instruments, instrumentsOf } from './instruments';

const cache = instrumentsOf(CacheCounts, GuardedRedis);
const memory = instrumentsOf(MemoryCache, Config);
const generations = instrumentsOf(Generations);

/** The response cache, and the generation queries that keep it from serving stale responses. */
export const cacheInstruments = instruments({
  mdl_cache_lookups_total: cache.counter(
    'Lookups in each layer of the cache',
    (counts, redis) =>
      (redis.isConfigured ? (['memory', 'redis'] as const) : (['memory'] as const)).flatMap((layer) => [
        [{ layer, result: 'hit' }, counts[layer].hits],
        [{ layer, result: 'miss' }, counts[layer].misses],
      ]),
    ['layer', 'result'],
  ),
  mdl_cache_answers_total: cache.counter(
    'Responses by kind and cache result (X-Cache)',
    (counts) => [...counts.all()].map(([kind, state, count]) => [{ kind, result: state.toLowerCase() }, count]),
    ['kind', 'result'],
  ),
  mdl_cache_not_modified_total: cache.counter(
    'Responses 304 Not Modified from the cache',
    ({ notModified }) => notModified,
  ),
  mdl_cache_survived_total: cache.counter(
    'Cached items revalidated after a write to other rows',
    ({ survived }) => survived,
  ),
  mdl_cache_shared_total: cache.counter('Requests coalesced with a cache fill in flight', ({ shared }) => shared),
  mdl_cache_entries: memory.gauge('Entries in the memory cache', ({ size }) => size.entries),
  mdl_cache_bytes: memory.gauge(
    'Bytes in the memory cache, compressed representations included',
    ({ size }) => size.bytes,
  ),
  mdl_cache_max_entries: memory.gauge('Limit of entries (CACHE_MAX_ENTRIES)', (_, config) => config.CACHE_MAX_ENTRIES),
  mdl_cache_max_bytes: memory.gauge('Limit of bytes (CACHE_MAX_BYTES)', (_, config) => config.CACHE_MAX_BYTES),
  mdl_generation_query_duration_seconds: generations.histogram(
    'Duration of successful generation queries',
    ({ times }) => times,
  ),
  mdl_generation_failures_total: generations.counter(
    'Times that generation queries began to fail',
    (source) => source.stats().failures,
  ),
  mdl_generation_up: generations.gauge(
    '1 if generation queries succeed; if 0, cached responses are served as stale',
    (source) => Number(source.stats().state === 'up'),
  ),
});

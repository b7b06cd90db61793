import { CacheCounts } from '../cache/cache-counts';
import { MemoryCache } from '../cache/memory-cache';
import { Config } from '../config/config';
import { Generations } from '../generations/generations';
import { GuardedRedis } from '../redis/guarded-redis';
import { instrumentsOf } from './instruments';

const cache = instrumentsOf(CacheCounts, GuardedRedis);
const memory = instrumentsOf(MemoryCache, Config);
const generations = instrumentsOf(Generations);

/** The response cache, and the generation queries that keep it from serving stale responses. */
export const cacheInstruments = [
  cache.counter(
    'mdl_cache_lookups_total',
    'Lookups in each layer of the cache',
    (counts, redis) =>
      (redis.isConfigured ? (['memory', 'redis'] as const) : (['memory'] as const)).flatMap((layer) => [
        [{ layer, result: 'hit' }, counts[layer].hits],
        [{ layer, result: 'miss' }, counts[layer].misses],
      ]),
    ['layer', 'result'],
  ),
  cache.counter(
    'mdl_cache_answers_total',
    'Responses by kind and cache result (X-Cache)',
    (counts) => [...counts.all()].map(([kind, state, count]) => [{ kind, result: state.toLowerCase() }, count]),
    ['kind', 'result'],
  ),
  cache.counter(
    'mdl_cache_not_modified_total',
    'Responses 304 Not Modified from the cache',
    (counts) => counts.notModified,
  ),
  cache.counter(
    'mdl_cache_survived_total',
    'Cached items revalidated after a write to other rows',
    (counts) => counts.survived,
  ),
  cache.counter('mdl_cache_shared_total', 'Requests coalesced with a cache fill in flight', (counts) => counts.shared),
  memory.gauge('mdl_cache_entries', 'Entries in the memory cache', ({ size }) => size.entries),
  memory.gauge(
    'mdl_cache_bytes',
    'Bytes in the memory cache, compressed representations included',
    ({ size }) => size.bytes,
  ),
  memory.gauge(
    'mdl_cache_max_entries',
    'Limit of entries (CACHE_MAX_ENTRIES)',
    (_, config) => config.CACHE_MAX_ENTRIES,
  ),
  memory.gauge('mdl_cache_max_bytes', 'Limit of bytes (CACHE_MAX_BYTES)', (_, config) => config.CACHE_MAX_BYTES),
  generations.histogram(
    'mdl_generation_query_duration_seconds',
    'Duration of successful generation queries',
    ({ times }) => times,
  ),
  generations.counter(
    'mdl_generation_failures_total',
    'Times that generation queries began to fail',
    (source) => source.stats().failures,
  ),
  generations.gauge(
    'mdl_generation_up',
    '1 if generation queries succeed; if 0, cached responses are served as stale',
    (source) => Number(source.stats().state === 'up'),
  ),
];

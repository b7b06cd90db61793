import type { Provider } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { CacheCounts } from '../cache/cache-counts';
import { MemoryCache } from '../cache/memory-cache';
import { Config } from '../config/config';
import { Generations } from '../generations/generations';
import { GuardedRedis } from '../redis/guarded-redis';
import { instrumentsOf } from './instruments';

/** The response cache, and the generation queries that keep it from serving stale responses. */
export function cacheInstruments(registry: Registry): Provider[] {
  const cache = instrumentsOf(registry, CacheCounts, GuardedRedis);
  const memory = instrumentsOf(registry, MemoryCache, Config);
  const generations = instrumentsOf(registry, Generations);
  return [
    cache.counter({
      name: 'mdl_cache_lookups_total',
      help: 'Lookups in each layer of the cache',
      labelNames: ['layer', 'result'],
      read: (counts, redis) =>
        (redis.isConfigured ? (['memory', 'redis'] as const) : (['memory'] as const)).flatMap((layer) => [
          [{ layer, result: 'hit' }, counts[layer].hits],
          [{ layer, result: 'miss' }, counts[layer].misses],
        ]),
    }),
    cache.counter({
      name: 'mdl_cache_answers_total',
      help: 'Responses by kind and cache result (X-Cache)',
      labelNames: ['kind', 'result'],
      read: (counts) => [...counts.all()].map(([kind, state, count]) => [{ kind, result: state.toLowerCase() }, count]),
    }),
    cache.counter({
      name: 'mdl_cache_not_modified_total',
      help: 'Responses 304 Not Modified from the cache',
      read: (counts) => counts.notModified,
    }),
    cache.counter({
      name: 'mdl_cache_survived_total',
      help: 'Cached items revalidated after a write to other rows',
      read: (counts) => counts.survived,
    }),
    cache.counter({
      name: 'mdl_cache_shared_total',
      help: 'Requests coalesced with a cache fill in flight',
      read: (counts) => counts.shared,
    }),
    memory.gauge({ name: 'mdl_cache_entries', help: 'Entries in the memory cache', read: ({ size }) => size.entries }),
    memory.gauge({
      name: 'mdl_cache_bytes',
      help: 'Bytes in the memory cache, compressed representations included',
      read: ({ size }) => size.bytes,
    }),
    memory.gauge({
      name: 'mdl_cache_max_entries',
      help: 'Limit of entries (CACHE_MAX_ENTRIES)',
      read: (_, config) => config.CACHE_MAX_ENTRIES,
    }),
    memory.gauge({
      name: 'mdl_cache_max_bytes',
      help: 'Limit of bytes (CACHE_MAX_BYTES)',
      read: (_, config) => config.CACHE_MAX_BYTES,
    }),
    generations.histogram({
      name: 'mdl_generation_query_duration_seconds',
      help: 'Duration of successful generation queries',
      read: ({ times }) => times,
    }),
    generations.counter({
      name: 'mdl_generation_failures_total',
      help: 'Times that generation queries began to fail',
      read: (source) => source.stats().failures,
    }),
    generations.gauge({
      name: 'mdl_generation_up',
      help: '1 if generation queries succeed; if 0, cached responses are served as stale',
      read: (source) => Number(source.stats().state === 'up'),
    }),
  ];
}

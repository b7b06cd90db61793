import { Injectable } from '@nestjs/common';
import { MemoryCache } from '../cache/memory-cache';
import { CacheCounts } from '../cache/cache-counts';
import { Generations } from '../generations/generations';
import { Config } from '../config/config';
import { GuardedRedis } from '../redis/guarded-redis';
import { Series } from './series';

const RESULTS = { HIT: 'hit', MISS: 'miss', STALE: 'stale', BYPASS: 'bypass' } as const;

/** What the cache holds and did, and the questions that keep it from being stale. */
@Injectable()
export class CacheInstruments {
  constructor(
    series: Series,
    config: Config,
    counts: CacheCounts,
    memory: MemoryCache,
    generations: Generations,
    redis: GuardedRedis,
  ) {
    series.counter({
      name: 'mdl_cache_lookups_total',
      help: 'Looks into the layers of the cache',
      read: () =>
        (['memory', ...(redis.isConfigured ? (['redis'] as const) : [])] as const).flatMap((layer) => [
          [{ layer, result: 'hit' }, counts[layer].hits],
          [{ layer, result: 'miss' }, counts[layer].misses],
        ]),
    });
    series.counter({
      name: 'mdl_cache_answers_total',
      help: 'Answers by what they are about and how they came about (X-Cache)',
      read: () => [...counts.all()].map(([kind, state, count]) => [{ kind, result: RESULTS[state] }, count]),
    });
    for (const [name, help, read] of [
      ['not_modified', 'If-None-Match answered with 304', () => counts.notModified],
      ['survived', 'Items that stayed true although other rows were written', () => counts.survived],
      ['shared', 'Requests that waited for the answer that another one was fetching', () => counts.shared],
    ] as const)
      series.counter({ name: `mdl_cache_${name}_total`, help, read });
    for (const [name, help, read] of [
      ['entries', 'Answers in memory', () => memory.size.entries],
      ['bytes', 'Memory that they take, compressed forms included', () => memory.size.bytes],
      ['max_entries', 'CACHE_MAX_ENTRIES', () => config.CACHE_MAX_ENTRIES],
      ['max_bytes', 'CACHE_MAX_BYTES', () => config.CACHE_MAX_BYTES],
    ] as const)
      series.gauge({ name: `mdl_cache_${name}`, help, read });
    series.histogram({
      name: 'mdl_generation_query_duration_seconds',
      help: 'Questions for the generation of the database that were answered',
      read: () => generations.times,
    });
    series.counter({
      name: 'mdl_generation_failures_total',
      help: 'How often the database began not to answer them',
      read: () => generations.stats().failures,
    });
    series.gauge({
      name: 'mdl_generation_up',
      help: 'Whether the database answers them; while it does not, kept answers are stale',
      read: () => Number(generations.stats().state === 'up'),
    });
  }
}

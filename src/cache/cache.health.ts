import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { Generations } from '../generations/generations';
import { HealthIndicators } from '../health/health-indicators';
import { CacheCounts } from './cache-counts';
import { MemoryCache } from './memory-cache';

/** Whether cache entries can be validated; the cache itself depends on nothing that could fail. */
@Injectable()
export class CacheHealth {
  constructor(
    indicators: HealthIndicators,
    { ENABLE_CACHE }: Config,
    memory: MemoryCache,
    counts: CacheCounts,
    generations: Generations,
  ) {
    indicators.register({
      name: 'cache',
      check: () => {
        const { hit_rate } = counts.total();
        const details = { enabled: ENABLE_CACHE, ...memory.size, hit_rate };
        return generations.stats().state === 'up'
          ? { state: 'up', details }
          : { state: 'degraded', message: 'Cache entries cannot be validated.', details };
      },
    });
  }
}

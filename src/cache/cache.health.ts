import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { HealthIndicators } from '../health/health-indicators';
import { MemoryCache } from './memory-cache';
import { CacheCounts } from './cache-counts';
import { Generations } from '../generations/generations';

/** Whether answers may be served as true: the cache itself needs nothing that could be down. */
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
          : { state: 'degraded', message: 'Nobody can tell whether kept answers are still true.', details };
      },
    });
  }
}

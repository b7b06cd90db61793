import { Module } from '@nestjs/common';
import { GenerationsModule } from '../generations/generations.module';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { Cursors } from '../pagination/cursor';
import { PaginationModule } from '../pagination/pagination.module';
import { CacheCounts } from './cache-counts';
import { CacheKeys } from './cache-keys';
import { cacheNamespace } from './cache-namespace';
import { CacheWarmer } from './cache-warmer';
import { CacheHealth } from './cache.health';
import { CacheInterceptor } from './cache.interceptor';
import { MemoryCache } from './memory-cache';
import { RedisCacheModule } from './redis-cache.module';
import { CacheNamespace, ResponseCache } from './response-cache';

/** The response cache: never stale, because every lookup is validated against the generation of the database. */
@Module({
  imports: [GenerationsModule, HealthIndicatorsModule, PaginationModule, RedisCacheModule],
  providers: [
    CacheCounts,
    CacheHealth,
    CacheInterceptor,
    CacheKeys,
    { provide: CacheNamespace, inject: [Cursors], useFactory: cacheNamespace },
    CacheWarmer,
    MemoryCache,
    ResponseCache,
  ],
  exports: [CacheCounts, CacheInterceptor, MemoryCache, RedisCacheModule],
})
export class CacheModule {}

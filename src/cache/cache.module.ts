import { Module } from '@nestjs/common';
import { GenerationsModule } from '../generations/generations.module';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { PaginationModule } from '../pagination/pagination.module';
import { RedisModule } from '../redis/redis.module';
import { CacheCounts } from './cache-counts';
import { CacheKeys } from './cache-keys';
import { CacheNamespace } from './cache-namespace';
import { CacheWarmer } from './cache-warmer';
import { CacheHealth } from './cache.health';
import { CacheInterceptor } from './cache.interceptor';
import { CachedResponseSender } from './cached-response-sender';
import { MemoryCache } from './memory-cache';
import { RedisCache, redisCacheModule } from './redis-cache';
import { ResponseCache } from './response-cache';

/** The response cache: never stale, because every lookup is validated against the generation of the database. */
@Module({
  imports: [GenerationsModule, HealthIndicatorsModule, PaginationModule, RedisModule, redisCacheModule],
  providers: [
    CacheCounts,
    CacheHealth,
    CacheInterceptor,
    CacheKeys,
    CacheNamespace,
    CacheWarmer,
    CachedResponseSender,
    MemoryCache,
    RedisCache,
    ResponseCache,
  ],
  exports: [CacheCounts, CacheInterceptor, MemoryCache, RedisCache],
})
export class CacheModule {}

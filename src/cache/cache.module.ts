import { Global, Module } from '@nestjs/common';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { MemoryCache } from './memory-cache';
import { CachedResponseSender } from './cached-response-sender';
import { CacheCounts } from './cache-counts';
import { CacheHealth } from './cache.health';
import { CacheInterceptor } from './cache.interceptor';
import { CacheNamespace } from './cache-namespace';
import { CacheWarmer } from './cache-warmer';
import { ResourceDependencies } from '../generations/resource-dependencies';
import { Generations } from '../generations/generations';
import { EarlyCache } from './early-cache';
import { Questions } from './cache-keys';
import { ResponseCache } from './response-cache';
import { RedisCache, redisStoreModule } from './redis-cache';

/** Answers that are kept and never stale (docs/adr/0010). */
@Global()
@Module({
  imports: [HealthIndicatorsModule, redisStoreModule],
  providers: [
    MemoryCache,
    CachedResponseSender,
    CacheCounts,
    CacheHealth,
    CacheInterceptor,
    CacheNamespace,
    CacheWarmer,
    ResourceDependencies,
    Generations,
    EarlyCache,
    Questions,
    ResponseCache,
    RedisCache,
  ],
  exports: [MemoryCache, RedisCache, CacheCounts, CacheInterceptor, ResourceDependencies, Generations, EarlyCache],
})
export class CacheModule {}

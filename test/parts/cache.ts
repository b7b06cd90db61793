import { Cache, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CacheCounts } from '../../src/cache/cache-counts';
import { CacheKeys } from '../../src/cache/cache-keys';
import { CacheInterceptor } from '../../src/cache/cache.interceptor';
import { Cached } from '../../src/cache/cached.decorator';
import { MemoryCache } from '../../src/cache/memory-cache';
import { RedisCache } from '../../src/cache/redis-cache';
import { CacheNamespace, ResponseCache } from '../../src/cache/response-cache';
import { CacheSettings } from '../../src/generations/cache-settings';
import { GenerationReaderFactory } from '../../src/generations/generation-reader';
import { Generations } from '../../src/generations/generations';
import { ResourceDependencies } from '../../src/generations/resource-dependencies';
import { Representation } from '../../src/responses/representation';
import { start } from './start';

let fills = 0;
const noRedis = { isConfigured: false, attempt: () => Promise.resolve(undefined) };
const settings: CacheSettings = {
  DATABASE_URL: process.env['DATABASE_URL'] ?? '',
  ENABLE_CACHE: true,
  ENABLE_COMPRESSION: false,
  CACHE_TTL: 60,
  CACHE_MAX_TTL: 60,
  CACHE_MAX_ENTRIES: 10,
  CACHE_MAX_BYTES: 1_000_000,
  CACHE_MAX_STALENESS_MS: 0,
  HANDLER_TIMEOUT_MS: 0,
  GENERATION_TIMEOUT_MS: 1000,
  CACHE_STALE_ON_ERROR: 60,
};

@Controller()
class MetricsController {
  constructor(dependencies: ResourceDependencies) {
    dependencies.register('metrics', [], false);
  }

  @Get('metrics')
  @Cached({ resource: 'metrics' }, 'list')
  list(): Representation {
    return Representation.of({ fills: ++fills });
  }
}

@Module({
  imports: [CacheModule.register()],
  controllers: [MetricsController],
  providers: [
    ...[CacheCounts, CacheKeys, Generations, GenerationReaderFactory, MemoryCache],
    ...[ResourceDependencies, ResponseCache],
    { provide: CacheSettings, useValue: settings },
    { provide: CacheNamespace, useValue: new CacheNamespace('host') },
    { provide: RedisCache, inject: [Cache], useFactory: (cache: Cache) => new RedisCache(cache, noRedis) },
    { provide: APP_INTERCEPTOR, useClass: CacheInterceptor },
  ],
})
class HostModule {}

void start(HostModule);

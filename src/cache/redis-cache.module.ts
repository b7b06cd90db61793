import { Cache, CacheModule as CacheManagerModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { GuardedRedis } from '../redis/guarded-redis';
import { RedisModule } from '../redis/redis.module';
import { RedisCache, redisCacheOptions } from './redis-cache';

const cacheManager = CacheManagerModule.registerAsync({
  imports: [RedisModule],
  inject: [GuardedRedis],
  useFactory: redisCacheOptions,
});

/** The second layer of the cache (L2): `@nestjs/cache-manager` over the service's connection to Redis. */
@Module({
  imports: [RedisModule, cacheManager],
  providers: [
    {
      provide: RedisCache,
      inject: [Cache, GuardedRedis],
      useFactory: (cache: Cache, redis: GuardedRedis) => new RedisCache(cache, redis),
    },
  ],
  exports: [RedisCache],
})
export class RedisCacheModule {}

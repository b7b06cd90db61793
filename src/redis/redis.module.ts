import { Global, Module } from '@nestjs/common';
import { GuardedRedis } from './guarded-redis';
import { RedisHealth } from './redis.health';

/** Redis, where one is configured: what instances share, and never what they depend on. */
@Global()
@Module({ providers: [GuardedRedis, RedisHealth], exports: [GuardedRedis] })
export class RedisModule {}

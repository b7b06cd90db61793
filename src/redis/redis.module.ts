import { Global, Module } from '@nestjs/common';
import { GuardedRedis } from './guarded-redis';

/** Redis, where one is configured: what instances share, and never what they depend on. */
@Global()
@Module({ providers: [GuardedRedis], exports: [GuardedRedis] })
export class RedisModule {}

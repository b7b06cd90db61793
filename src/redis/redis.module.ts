import { Global, Module } from '@nestjs/common';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { GuardedRedis } from './guarded-redis';
import { RedisHealth } from './redis.health';

/** Redis, where one is configured: what instances share, and never what they depend on. */
@Global()
@Module({ imports: [HealthIndicatorsModule], providers: [GuardedRedis, RedisHealth], exports: [GuardedRedis] })
export class RedisModule {}

import { Module } from '@nestjs/common';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { GuardedRedis } from './guarded-redis';
import { RedisHealth } from './redis.health';

/** Redis, where it is configured: shared by the instances, required by none. */
@Module({ imports: [HealthIndicatorsModule], providers: [GuardedRedis, RedisHealth], exports: [GuardedRedis] })
export class RedisModule {}

import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Config } from '../config/config';
import { GuardedRedis } from '../redis/guarded-redis';
import { RedisModule } from '../redis/redis.module';
import { Limits } from './limits';
import { RequestThrottle } from './request-throttle';
import { RouteThrottlerGuard } from './route-throttler.guard';
import { ThrottlingStats } from './throttling-stats';
import { WindowStorage } from './window-storage';

/** Limits on callers: the package's guard and decorators over a storage of our own. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [RedisModule],
      inject: [Config, GuardedRedis],
      useFactory: (config: Config, redis: GuardedRedis) => ({
        throttlers: new Limits(config).all.map(({ name, quota, windowMs }) => ({ name, limit: quota, ttl: windowMs })),
        storage: new WindowStorage(redis),
      }),
    }),
  ],
  providers: [Limits, ThrottlingStats, RequestThrottle, { provide: APP_GUARD, useClass: RouteThrottlerGuard }],
  exports: [Limits, RequestThrottle, ThrottlingStats],
})
export class ThrottlingModule {}

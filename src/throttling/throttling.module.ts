import { Module } from '@nestjs/common';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { Config } from '../config/config';
import { GuardedRedis } from '../redis/guarded-redis';
import { RedisModule } from '../redis/redis.module';
import { throttlers } from './limits';
import { BodyPaceGuard } from './body-pace.guard';
import { PoolShare } from './pool-share';
import { PoolShareInterceptor } from './pool-share.interceptor';
import { RateLimitGuard } from './rate-limit.guard';
import { ThrottlingStats } from './throttling-stats';
import { UnparsedRequests } from './unparsed-requests';
import { WindowStorage } from './window-storage';

/** Rate limiting: the guard and decorators of `@nestjs/throttler` over a store of our own (docs/patterns). */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [RedisModule],
      inject: [Config, GuardedRedis],
      useFactory: (config: Config, redis: GuardedRedis): ThrottlerModuleOptions => ({
        throttlers: throttlers(config),
        storage: new WindowStorage(redis),
      }),
    }),
  ],
  providers: [BodyPaceGuard, PoolShare, PoolShareInterceptor, RateLimitGuard, ThrottlingStats, UnparsedRequests],
  exports: [
    BodyPaceGuard,
    PoolShare,
    PoolShareInterceptor,
    RateLimitGuard,
    ThrottlingStats,
    UnparsedRequests,
    ThrottlerModule,
  ],
})
export class ThrottlingModule {}

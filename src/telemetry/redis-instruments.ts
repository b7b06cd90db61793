import { Injectable } from '@nestjs/common';
import { GuardedRedis } from '../redis/guarded-redis';
import { Series } from './series';

/** The state of Redis; nothing where none is configured. */
@Injectable()
export class RedisInstruments {
  constructor(series: Series, redis: GuardedRedis) {
    if (!redis.isConfigured) return;
    series.gauge({
      name: 'mdl_redis_up',
      help: 'Whether Redis is used; while it is not, the service goes on without it',
      read: () => Number(redis.state === 'closed'),
    });
    series.gauge({
      name: 'mdl_redis_latency_seconds',
      help: 'Of the commands that succeeded, a moving average',
      read: () => (redis.stats().latencyMs ?? 0) / 1000,
    });
    series.counter({ name: 'mdl_redis_commands_total', help: 'Commands sent', read: () => redis.stats().commands });
    series.counter({
      name: 'mdl_redis_failures_total',
      help: 'Commands that failed or were too slow',
      read: () => {
        const { failures, timeouts } = redis.stats();
        return [
          [{ reason: 'timeout' }, timeouts],
          [{ reason: 'error' }, failures - timeouts],
        ];
      },
    });
  }
}

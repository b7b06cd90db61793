import type { Provider } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { GuardedRedis } from '../redis/guarded-redis';
import { instrumentsOf } from './instruments';

/** The connection to Redis. */
export function redisInstruments(registry: Registry): Provider[] {
  const { counter, gauge } = instrumentsOf(registry, GuardedRedis);
  return [
    gauge({
      name: 'mdl_redis_up',
      help: '1 if Redis is in use; if 0, the service runs without it',
      read: (redis) => Number(redis.state === 'closed'),
    }),
    gauge({
      name: 'mdl_redis_latency_seconds',
      help: 'Moving average of the duration of successful commands',
      read: (redis) => (redis.stats().latencyMs ?? 0) / 1000,
    }),
    counter({ name: 'mdl_redis_commands_total', help: 'Commands sent', read: (redis) => redis.stats().commands }),
    counter({
      name: 'mdl_redis_failures_total',
      help: 'Failed commands, by reason',
      labelNames: ['reason'],
      read: (redis) => {
        const { failures, timeouts } = redis.stats();
        return [
          [{ reason: 'timeout' }, timeouts],
          [{ reason: 'error' }, failures - timeouts],
        ];
      },
    }),
  ];
}

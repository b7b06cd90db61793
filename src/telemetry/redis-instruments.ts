import { GuardedRedis } from '../redis/guarded-redis';
import { instrumentsOf } from './instruments';

const { counter, gauge } = instrumentsOf(GuardedRedis);

/** The connection to Redis. */
export const redisInstruments = [
  gauge('mdl_redis_up', '1 if Redis is in use; if 0, the service runs without it', (redis) =>
    Number(redis.state === 'closed'),
  ),
  gauge(
    'mdl_redis_latency_seconds',
    'Moving average of the duration of successful commands',
    (redis) => (redis.stats().latencyMs ?? 0) / 1000,
  ),
  counter('mdl_redis_commands_total', 'Commands sent', (redis) => redis.stats().commands),
  counter(
    'mdl_redis_failures_total',
    'Failed commands, by reason',
    (redis) => {
      const { failures, timeouts } = redis.stats();
      return [
        [{ reason: 'timeout' }, timeouts],
        [{ reason: 'error' }, failures - timeouts],
      ];
    },
    ['reason'],
  ),
];

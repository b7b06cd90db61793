import { GuardedRedis } from '../redis/guarded-redis';
import { instruments, instrumentsOf } from './instruments';

const { counter, gauge } = instrumentsOf(GuardedRedis);

/** The connection to Redis. */
export const redisInstruments = instruments({
  mdl_redis_up: gauge('1 if Redis is in use; if 0, the service runs without it', ({ state }) =>
    Number(state === 'closed'),
  ),
  mdl_redis_latency_seconds: gauge(
    'Moving average of the duration of successful commands',
    (redis) => (redis.stats().latencyMs ?? 0) / 1000,
  ),
  mdl_redis_commands_total: counter('Commands sent', (redis) => redis.stats().commands),
  mdl_redis_failures_total: counter(
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
});

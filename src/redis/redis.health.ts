import { Injectable } from '@nestjs/common';
import { HealthIndicators } from '../health/health-indicators';
import { tenths } from '../instrumentation/request-timing';
import { GuardedRedis } from './guarded-redis';

/** Health of Redis: degraded at worst, because the service works without it, only slower. */
@Injectable()
export class RedisHealth {
  constructor(indicators: HealthIndicators, redis: GuardedRedis) {
    if (!redis.isConfigured) return;
    indicators.register({
      name: 'redis',
      isProbed: true,
      failing: 'degraded',
      check: async () => {
        const isUp = (await redis.attempt((client) => client.ping())) !== undefined;
        const { state, commands, failures, timeouts, latencyMs = 0 } = redis.stats();
        const details = { breaker: state, commands, failures, timeouts, average_latency_ms: tenths(latencyMs) };
        return isUp
          ? { state: 'up', details }
          : { state: 'degraded', message: 'Redis does not respond. The service continues without it.', details };
      },
    });
  }
}

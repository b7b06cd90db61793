import { setTimeout } from 'node:timers/promises';
import { load, type LoadRequest } from './load.ts';
import type { Redis } from './redis.ts';
import type { Result } from './result.ts';
import { newList } from './many-lists.ts';
import type { Side } from './sides.ts';

export const FROZEN_REDIS = 'Redis frozen for 10 s';

const FROZEN_SECONDS = 10;
/** Far below the capacity of the service, so that no request queues. */
const INTENSITY = { connections: 8, rate: 200 };
/** Milliseconds that an unresponsive Redis may add to the p99. */
const MOST_ADDED = 100;

/**
 * Measures latency while Redis does not respond for ten seconds and keeps its connections open. Every second request is
 * new, so that the service needs Redis for cache lookups, cache writes and rate limits.
 *
 * @throws Failure if a request fails
 */
export async function freezeRedis(service: Side, redis: Redis): Promise<Result> {
  const lists = newList(10);
  let count = 0;
  const request: LoadRequest = {
    path: '/api/v1/metrics',
    status: 200,
    next: () => ({ path: count++ % 2 === 0 ? '/api/v1/metrics' : lists() }),
  };
  await load(service, request, { ...INTENSITY, seconds: 2 });
  const before = await load(service, request, { ...INTENSITY, seconds: FROZEN_SECONDS / 2 });
  redis.freeze();
  const frozen = await load(service, request, { ...INTENSITY, seconds: FROZEN_SECONDS });
  redis.thaw();
  await setTimeout(1000);
  const after = await load(service, request, { ...INTENSITY, seconds: 2 });
  return {
    name: FROZEN_REDIS,
    unit: 'ms added to p99',
    values: [frozen.p99 - before.p99],
    target: { atMost: MOST_ADDED },
    readings: { service: [before, frozen, after] },
  };
}

import { setTimeout } from 'node:timers/promises';
import { load, type Question } from './load.ts';
import type { Redis } from './redis.ts';
import type { Result } from './result.ts';
import { newList } from './many-lists.ts';
import type { Side } from './sides.ts';

export const FROZEN_REDIS = 'Redis frozen for 10 s';

const FROZEN_SECONDS = 10;
/** Far below what the service can do: what is to be seen is waiting, not queueing. */
const INTENSITY = { connections: 8, rate: 200 };
/** Milliseconds that a Redis which answers nothing may add to the p99. */
const MOST_ADDED = 100;

/**
 * What callers notice when Redis stops answering for ten seconds without closing its connections. Every other request is
 * one that was never asked before, so that Redis is needed all the time: to look the answer up, to keep it, to count.
 *
 * @throws Failure when a single request fails
 */
export async function freezeRedis(service: Side, redis: Redis): Promise<Result> {
  const lists = newList(10);
  let count = 0;
  const question: Question = {
    path: '/api/v1/metrics',
    status: 200,
    next: () => ({ path: count++ % 2 === 0 ? '/api/v1/metrics' : lists() }),
  };
  await load(service, question, { ...INTENSITY, seconds: 2 });
  const before = await load(service, question, { ...INTENSITY, seconds: FROZEN_SECONDS / 2 });
  redis.freeze();
  const frozen = await load(service, question, { ...INTENSITY, seconds: FROZEN_SECONDS });
  redis.thaw();
  await setTimeout(1000);
  const after = await load(service, question, { ...INTENSITY, seconds: 2 });
  return {
    name: FROZEN_REDIS,
    unit: 'ms added to p99',
    values: [frozen.p99 - before.p99],
    target: { atMost: MOST_ADDED },
    readings: { service: [before, frozen, after] },
  };
}

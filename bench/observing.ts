import { cpuAdded } from './cpu-added.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import type { Side } from './sides.ts';

export const OBSERVING = 'log, telemetry and timing';

/** Microseconds of CPU time that they may take of a request. */
const MOST_ADDED = 100;
const question = { path: '/api/v1/metrics', status: 200 };

/**
 * What observing a request costs: a cached list, the cheapest page there is, beside the same service without request log,
 * telemetry and timing (`unobserved.cjs`).
 */
export const measureObserving = (service: Side, unobserved: Side, options: Options): Promise<Result> =>
  cpuAdded(OBSERVING, { side: service, question }, { side: unobserved, question }, MOST_ADDED, options);

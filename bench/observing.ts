import { cpuAdded } from './cpu-added.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import type { Side } from './sides.ts';

export const OBSERVING = 'log, telemetry and timing';

/** Microseconds of CPU time that they may add to a request. */
const MOST_ADDED = 100;
const request = { path: '/api/v1/metrics', status: 200 };

/**
 * Measures the cost of the request log, telemetry and timing for a cached list, compared with the same service without
 * them (`unobserved.cjs`).
 */
export const measureObserving = (service: Side, unobserved: Side, options: Options): Promise<Result> =>
  cpuAdded(OBSERVING, { side: service, request }, { side: unobserved, request }, MOST_ADDED, options);

import { load, type LoadRequest } from './load.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import type { Side } from './sides.ts';

const WARM_UP_SECONDS = 1;

/** A request to a server. */
export interface Target {
  side: Side;
  request: LoadRequest;
}

/**
 * Measures how much more CPU time one request needs than another, in microseconds of the whole process. The two are
 * measured in turns, in alternating order, and compared within a round, so that other load affects both.
 */
export async function cpuAdded(
  name: string,
  target: Target,
  baseline: Target,
  atMost: number | undefined,
  { connections, seconds, rounds }: Options,
): Promise<Result> {
  const read = ({ side, request }: Target) => load(side, request, { connections, seconds });
  for (const { side, request } of [target, baseline])
    await load(side, request, { connections, seconds: WARM_UP_SECONDS });
  const values: number[] = [];
  const readings: Required<NonNullable<Result['readings']>> = { service: [], baseline: [] };
  for (let round = 0; round < rounds; round++) {
    const first = await read(round % 2 === 0 ? target : baseline);
    const second = await read(round % 2 === 0 ? baseline : target);
    const [own, other] = round % 2 === 0 ? [first, second] : [second, first];
    readings.service.push(own);
    readings.baseline.push(other);
    values.push(own.cpuPerRequest - other.cpuPerRequest);
  }
  return { name, unit: 'µs CPU added', values, ...(atMost !== undefined && { target: { atMost } }), readings };
}

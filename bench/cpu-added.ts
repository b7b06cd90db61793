import { load, type Question } from './load.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import type { Side } from './sides.ts';

const WARM_UP_SECONDS = 1;

/** A question, and who is asked. */
export interface Asked {
  side: Side;
  question: Question;
}

/**
 * What a request costs more than another one, in microseconds of CPU time of the whole process: read in turns, the second
 * first in every other round, and compared within a round, so that a busy machine disturbs both.
 */
export async function cpuAdded(
  name: string,
  dear: Asked,
  cheap: Asked,
  atMost: number | undefined,
  { connections, seconds, rounds }: Options,
): Promise<Result> {
  const read = ({ side, question }: Asked) => load(side, question, { connections, seconds });
  for (const { side, question } of [dear, cheap]) await load(side, question, { connections, seconds: WARM_UP_SECONDS });
  const values: number[] = [];
  const readings: Required<NonNullable<Result['readings']>> = { service: [], yardstick: [] };
  for (let round = 0; round < rounds; round++) {
    const first = await read(round % 2 === 0 ? dear : cheap);
    const second = await read(round % 2 === 0 ? cheap : dear);
    const [own, other] = round % 2 === 0 ? [first, second] : [second, first];
    readings.service.push(own);
    readings.yardstick.push(other);
    values.push(own.cpuPerRequest - other.cpuPerRequest);
  }
  return { name, unit: 'µs CPU added', values, ...(atMost !== undefined && { target: { atMost } }), readings };
}

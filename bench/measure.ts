import { Failure } from '../dev/script.ts';
import { type Intensity, load, type Question, type Reading } from './load.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import type { Scenario } from './scenarios.ts';
import type { Side } from './sides.ts';

const WARM_UP_SECONDS = 1;

/**
 * Measures both sides in turns, the second first in every other round: what disturbs the machine for a while disturbs
 * both, and only readings of the same round are compared.
 */
export async function compare(scenario: Scenario, service: Side, yardstick: Side, options: Options): Promise<Result> {
  const question = await completed(scenario, service);
  const asked = {
    ...(scenario.conditional === 'service' ? { ...scenario, status: 200 } : question),
    path: scenario.yardstick === 'plain' ? keptPath(scenario) : question.path,
  };
  // What needs a connection to the database queues for one of ten: more callers would only wait longer.
  const most = scenario.yardstick === 'hand-written' ? Math.min(16, options.connections) : options.connections;
  const connections = scenario.mostAdded === undefined ? most : 1;
  const readings: { service: Reading[]; yardstick: Reading[] } = { service: [], yardstick: [] };
  const readBoth = async (intensity: Intensity, serviceFirst: boolean) => {
    const own = () => load(service, question, intensity);
    const other = () => load(yardstick, asked, intensity);
    if (serviceFirst) return [await own(), await other()] as const;
    const second = await other();
    return [await own(), second] as const;
  };
  // The very first answer may take longer than the whole warm-up.
  await readBoth({ connections: 1, amount: 1 }, true);
  await readBoth({ connections, seconds: WARM_UP_SECONDS }, true);
  for (let round = 0; round < options.rounds; round++) {
    const [own, other] = await readBoth({ connections, seconds: options.seconds }, round % 2 === 0);
    readings.service.push(own);
    readings.yardstick.push(other);
  }
  return { name: scenario.name, ...judged(scenario, readings), yardstickKind: scenario.yardstick, readings };
}

/** Where plain Fastify keeps the answer to the question of a scenario. */
export const keptPath = ({ name }: Scenario): string => `/${name.replaceAll(/\W+/g, '-')}`;

function judged(
  { target, mostAdded }: Scenario,
  { service, yardstick }: { service: Reading[]; yardstick: Reading[] },
): Pick<Result, 'unit' | 'values' | 'target'> {
  const rounds = service.flatMap((own, round) => {
    const other = yardstick[round];
    return other ? [{ own, other }] : [];
  });
  if (mostAdded !== undefined)
    return {
      unit: 'ms added to p50',
      values: rounds.map(({ own, other }) => own.p50 - other.p50),
      target: { atMost: mostAdded },
    };
  const values = rounds.map(({ own, other }) => own.requestsPerSecond / other.requestsPerSecond);
  return { unit: 'ratio', values, ...(target !== undefined && { target: { atLeast: target } }) };
}

/** The question with the ETag in it, where it is conditional. */
async function completed(scenario: Scenario, service: Side): Promise<Question> {
  if (!scenario.conditional) return scenario;
  const answer = await fetch(service.address + scenario.path);
  await answer.body?.cancel();
  const etag = answer.headers.get('etag');
  if (etag === null) throw new Failure(`${scenario.name}: ${scenario.path} has no ETag`);
  return { ...scenario, headers: { ...scenario.headers, 'if-none-match': etag } };
}

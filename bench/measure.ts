import { Failure } from '../dev/script.ts';
import { type Intensity, load, type LoadRequest, type Reading } from './load.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import type { Scenario } from './scenarios.ts';
import type { Side } from './sides.ts';

const WARM_UP_SECONDS = 1;

/**
 * Measures the service and its baseline in turns, in alternating order. Only readings of the same round are compared,
 * so that other load on the machine affects both.
 */
export async function compare(scenario: Scenario, service: Side, baseline: Side, options: Options): Promise<Result> {
  const request = await withEtag(scenario, service);
  const baselineRequest = {
    ...(scenario.conditional === 'service' ? { ...scenario, status: 200 } : request),
    path: scenario.baseline === 'plain' ? baselinePath(scenario) : request.path,
  };
  // These requests share ten database connections: more clients would only queue longer.
  const most = scenario.baseline === 'hand-written' ? Math.min(16, options.connections) : options.connections;
  const connections = scenario.mostAdded === undefined ? most : 1;
  const readings: { service: Reading[]; baseline: Reading[] } = { service: [], baseline: [] };
  const readBoth = async (intensity: Intensity, serviceFirst: boolean) => {
    const own = () => load(service, request, intensity);
    const other = () => load(baseline, baselineRequest, intensity);
    if (serviceFirst) return [await own(), await other()] as const;
    const second = await other();
    return [await own(), second] as const;
  };
  // The first response may take longer than the whole warm-up.
  await readBoth({ connections: 1, amount: 1 }, true);
  await readBoth({ connections, seconds: WARM_UP_SECONDS }, true);
  for (let round = 0; round < options.rounds; round++) {
    const [own, other] = await readBoth({ connections, seconds: options.seconds }, round % 2 === 0);
    readings.service.push(own);
    readings.baseline.push(other);
  }
  return { name: scenario.name, ...judge(scenario, readings), baselineKind: scenario.baseline, readings };
}

/** The path of plain Fastify that returns the response of a scenario. */
export const baselinePath = ({ name }: Scenario): string => `/${name.replaceAll(/\W+/g, '-')}`;

function judge(
  { target, mostAdded }: Scenario,
  { service, baseline }: { service: Reading[]; baseline: Reading[] },
): Pick<Result, 'unit' | 'values' | 'target'> {
  const rounds = service.flatMap((own, round) => {
    const other = baseline[round];
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

/** Adds the ETag to a conditional request. */
async function withEtag(scenario: Scenario, service: Side): Promise<LoadRequest> {
  if (!scenario.conditional) return scenario;
  const response = await fetch(service.address + scenario.path);
  await response.body?.cancel();
  const etag = response.headers.get('etag');
  if (etag === null) throw new Failure(`${scenario.name}: ${scenario.path} has no ETag`);
  return { ...scenario, headers: { ...scenario.headers, 'if-none-match': etag } };
}

import autocannon from 'autocannon';
import { Failure } from '../dev/script.ts';
import type { Options } from './options.ts';
import type { Scenario } from './scenarios.ts';

/** What one side did in one round; latencies in milliseconds. */
export interface Reading {
  requestsPerSecond: number;
  p50: number;
  p97_5: number;
  p99: number;
}

/** Both sides in each round, and the ratio of their requests a second. */
export interface Comparison {
  scenario: Scenario;
  service: Reading[];
  yardstick: Reading[];
  ratios: number[];
}

/**
 * Measures both sides in turns, the second first in every other round: what disturbs the machine for a while disturbs
 * both, and only readings of the same round are compared.
 */
export async function compare(
  scenario: Scenario,
  service: string,
  yardstick: string,
  options: Options,
): Promise<Comparison> {
  const comparison: Comparison = { scenario, service: [], yardstick: [], ratios: [] };
  for (const address of [service, yardstick]) await read(scenario, address, { ...options, seconds: 1 });
  for (let round = 0; round < options.rounds; round++) {
    const order = [service, yardstick];
    if (round % 2 === 1) order.reverse();
    const readings = new Map<string, Reading>();
    for (const address of order) readings.set(address, await read(scenario, address, options));
    const own = readings.get(service);
    const other = readings.get(yardstick);
    if (!own || !other) continue;
    comparison.service.push(own);
    comparison.yardstick.push(other);
    comparison.ratios.push(own.requestsPerSecond / other.requestsPerSecond);
  }
  return comparison;
}

async function read(
  { path, headers = {}, status, name }: Scenario,
  address: string,
  { connections, seconds }: Pick<Options, 'connections' | 'seconds'>,
): Promise<Reading> {
  const { requests, latency, errors, timeouts, statusCodeStats } = await autocannon({
    url: address + path,
    headers,
    connections,
    duration: seconds,
  });
  const others = Object.keys(statusCodeStats).filter((code) => code !== String(status));
  if (errors + timeouts + others.length > 0 || requests.total === 0)
    throw new Failure(
      `${name}: ${address}${path} answered ${others.join(', ')}, ${errors} errors, ${timeouts} time-outs`,
    );
  return { requestsPerSecond: requests.average, p50: latency.p50, p97_5: latency.p97_5, p99: latency.p99 };
}

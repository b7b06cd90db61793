import { setTimeout } from 'node:timers/promises';
import { load, type LoadRequest } from './load.ts';
import { newList } from './many-lists.ts';
import { residentMemory } from './process-usage.ts';
import type { Result } from './result.ts';
import type { Side } from './sides.ts';

export const MEMORY = 'memory, cache full';

const RESPONSES = 1000;
const DOCUMENTS_PER_PAGE = 100;
const MOST_MB = 250;
const SAMPLES = 5;

/**
 * Measures the resident memory of a service with a full cache: a thousand pages of a hundred documents, plain and with
 * Brotli. It is read while the service responds from the cache.
 */
export async function measureMemory(service: Side): Promise<Result> {
  const path = '/api/v1/metrics';
  for (const headers of [{}, { 'accept-encoding': 'br' }]) {
    const lists = newList(DOCUMENTS_PER_PAGE);
    const request: LoadRequest = { path, headers, status: 200, next: () => ({ path: lists() }) };
    await load(service, request, { connections: 8, amount: RESPONSES });
  }
  const values: number[] = [];
  const readings = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    readings.push(await load(service, { path, status: 200 }, { connections: 8, seconds: 0.5 }));
    await setTimeout(500);
    values.push(residentMemory(service.pid));
  }
  return {
    name: MEMORY,
    unit: 'MB',
    values,
    target: { atMost: MOST_MB },
    readings: { service: readings },
  };
}

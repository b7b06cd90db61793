import { setTimeout } from 'node:timers/promises';
import { load, type Question } from './load.ts';
import { newList } from './many-lists.ts';
import { residentMemory } from './process-usage.ts';
import type { Result } from './result.ts';
import type { Side } from './sides.ts';

export const MEMORY = 'memory, cache full';

const ANSWERS = 1000;
const DOCUMENTS_EACH = 100;
const MOST_MB = 250;
const SAMPLES = 5;

/**
 * Resident memory of a service that keeps as many answers as it may: a thousand different pages of a hundred documents, asked
 * for as they are and then for Brotli, and read while it goes on answering from them.
 */
export async function measureMemory(service: Side): Promise<Result> {
  const path = '/api/v1/metrics';
  for (const headers of [{}, { 'accept-encoding': 'br' }]) {
    const lists = newList(DOCUMENTS_EACH);
    const question: Question = { path, headers, status: 200, next: () => ({ path: lists() }) };
    await load(service, question, { connections: 8, amount: ANSWERS });
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

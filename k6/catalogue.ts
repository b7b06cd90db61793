import { fail } from 'k6';
import { bodyOf, send } from './client.ts';

/** Keys and words to request. Each VU has a copy. */
export interface Catalogue {
  metrics: string[];
  domains: string[];
  objectives: string[];
  words: string[];
}

interface Page {
  data: { name: string; metric_id?: string; domain_id?: string; objective_id?: string }[];
}

/** Reads the first documents of each collection; for `setup`. */
export function readCatalogue(limit = 100): Catalogue {
  const read = (kind: string) =>
    bodyOf<Page>(send({ name: 'setup', path: `/api/v1/${kind}?fields=name&limit=${limit}`, read: true })).data;
  const metrics = read('metrics');
  const domains = read('domains');
  if (metrics.length === 0 || domains.length === 0) fail('the catalogue is empty: npm run seed');
  return {
    metrics: metrics.map(({ metric_id: key = '' }) => key),
    domains: domains.map(({ domain_id: key = '' }) => key),
    objectives: read('objectives').map(({ objective_id: key = '' }) => key),
    words: [...new Set(metrics.flatMap(({ name }) => name.toLowerCase().match(/[a-z]{4,}/g) ?? []))].slice(0, 50),
  };
}

/** A random item. The first ones are far more frequent, as in real use. */
export const popular = (list: string[]): string => list[Math.floor(list.length * Math.random() ** 3)] ?? '';

export const randomOf = <T>(list: readonly T[]): T => list[Math.floor(list.length * Math.random())] as T;

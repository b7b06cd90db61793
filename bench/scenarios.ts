import pg from 'pg';
import { Failure } from '../dev/script.ts';
import type { LoadRequest } from './load.ts';
import type { Mode } from './sides.ts';

/** One request, sent to the service and to its baseline. */
export interface Scenario extends LoadRequest {
  name: string;
  mode: Mode;
  /** The service uses Redis, also for rate limits. */
  redis?: true;
  /** The baseline: plain Fastify with a fixed response, or hand-written handlers. */
  baseline: 'plain' | 'hand-written';
  /** Sends the ETag in `If-None-Match`, to both servers or only to the service. */
  conditional?: 'both' | 'service';
  /** The target for the ratio of requests per second to those of the baseline. */
  target?: number;
  /** The target for the milliseconds that the service adds to the p50 of the baseline, with one connection. */
  mostAdded?: number;
  /** Inserts or updates rows: only in a temporary database. */
  writes?: true;
  /** Documents to create before the measurement. */
  documents?: object[];
}

/** Values of a metric in the database. */
interface Sample {
  key: string;
  category: string;
  domain: string;
  word: string;
}

const LIST = '/api/v1/metrics';
const DOCUMENTS_TO_UPDATE = 500;

/** Scenarios for the metrics in the database. Writes are last, because they invalidate the cache. */
export async function scenariosFor(databaseUrl: string): Promise<Scenario[]> {
  const { key, category, domain, word } = await sampleOf(databaseUrl);
  const requests = {
    list: { path: LIST, status: 200 },
    item: { path: `${LIST}/${encodeURIComponent(key)}`, status: 200 },
    'filtered list': { path: `${LIST}?category=${encodeURIComponent(category)}`, status: 200 },
    search: { path: `${LIST}?q=${encodeURIComponent(word)}`, status: 200 },
    stats: { path: `${LIST}/stats`, status: 200 },
  };
  const { list, item } = requests;
  const cached = { mode: 'strict', baseline: 'plain' } as const;
  const uncached = { mode: 'uncached', baseline: 'hand-written' } as const;
  const targets: Partial<Record<string, number>> = { list: 1.5, item: 0.8 };
  return [
    { name: 'list, cached', ...cached, ...list, target: 0.55 },
    { name: 'list, cached, may be 50 ms old', ...cached, ...list, mode: 'relaxed', target: 0.65 },
    { name: 'list, cached, 304', ...cached, ...list, conditional: 'both', status: 304, target: 0.45 },
    { name: 'list, cached, 304 beside the page', ...cached, ...list, conditional: 'service', status: 304, target: 0.6 },
    { name: 'list, cached, one connection', ...cached, ...list, mostAdded: 0.3 },
    { name: 'list, cached, brotli', ...cached, ...list, headers: { 'accept-encoding': 'br' } },
    { name: 'list, cached, with Redis', ...cached, ...list, redis: true },
    ...Object.entries(requests)
      .filter(([name]) => name !== 'list')
      .map(([name, request]) => ({ name: `${name}, cached`, ...cached, ...request })),
    ...Object.entries(requests).map(([name, request]) => {
      const target = targets[name];
      return { name: `${name}, uncached`, ...uncached, ...request, ...(target !== undefined && { target }) };
    }),
    { name: 'item, uncached, 304', ...uncached, ...item, conditional: 'both', status: 304 },
    { name: 'create', ...cached, baseline: 'hand-written', writes: true, ...creation(domain) },
    { name: 'update', ...cached, baseline: 'hand-written', writes: true, ...change(domain) },
  ];
}

async function sampleOf(databaseUrl: string): Promise<Sample> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<Sample>(
    `SELECT key, data ->> 'category' AS category, data ->> 'business_domain' AS domain, split_part(data ->> 'name', ' ', 2) AS word
     FROM metrics WHERE deleted_at IS NULL AND data ?& ARRAY['category', 'business_domain'] ORDER BY id LIMIT 1`,
  );
  await client.end();
  const [sample] = rows;
  if (!sample)
    throw new Failure('the database of DATABASE_URL has no metric with a category and a domain: npm run seed');
  return sample;
}

const document = (key: string, domain: string) => ({
  metric_id: key,
  name: `Orders of ${key}`,
  description: 'Counts the orders that were paid, once a day, from the ledger.',
  business_domain: domain,
  owner: 'Team 7',
  unit: '{order}',
  tags: ['core', 'orders'],
  formula: { expression: 'count(distinct order_id)', language: 'sql' },
});

/** Creates a new document with each request. */
function creation(domain: string): LoadRequest {
  let count = 0;
  const next = () => ({ body: JSON.stringify(document(`created-${++count}`, domain)) });
  return { path: LIST, method: 'POST', headers: { 'content-type': 'application/json' }, next, status: 201 };
}

/** Updates the documents in turns, so that two requests do not update one document at the same time. */
function change(domain: string): LoadRequest & Pick<Scenario, 'documents'> {
  const keys = Array.from({ length: DOCUMENTS_TO_UPDATE }, (_, index) => `updated-${index + 1}`);
  let count = 0;
  const next = () => {
    const number = ++count;
    return {
      path: `${LIST}/${keys[number % keys.length] ?? ''}`,
      body: JSON.stringify({ description: `Counts the orders that were paid, text ${number}.` }),
    };
  };
  const headers = { 'content-type': 'application/merge-patch+json' };
  return {
    path: LIST,
    method: 'PATCH',
    headers,
    next,
    status: 200,
    documents: keys.map((key) => document(key, domain)),
  };
}

import pg from 'pg';
import { Failure } from '../dev/script.ts';
import type { Question } from './load.ts';
import type { Mode } from './sides.ts';

/** One question asked of the service and of a yardstick. */
export interface Scenario extends Question {
  name: string;
  mode: Mode;
  /** The service has a Redis, in which it also counts what callers ask. */
  redis?: true;
  /** What the service is compared with: bytes kept by plain Fastify, or handlers written by hand. */
  yardstick: 'plain' | 'hand-written';
  /** Asks with the ETag of the answer, so that there is nothing to send: both sides, or the service alone. */
  conditional?: 'both' | 'service';
  /** The least ratio to the requests a second of the yardstick, where one was promised. */
  target?: number;
  /** The most milliseconds that the service may add to the p50 of the yardstick; asked over one connection, where nothing queues. */
  mostAdded?: number;
  /** Adds rows or changes them: only in a database that is thrown away. */
  writes?: true;
  /** Documents that must be there before. */
  documents?: object[];
}

interface Sample {
  key: string;
  category: string;
  word: string;
}

const LIST = '/api/v1/metrics';
const DOCUMENTS_TO_UPDATE = 500;

/** Questions that suit whatever metrics the database holds; those that write come last, so that no kept answer changes before. */
export async function scenariosFor(databaseUrl: string): Promise<Scenario[]> {
  const { key, category, word } = await sampleOf(databaseUrl);
  const questions = {
    list: { path: LIST, status: 200 },
    item: { path: `${LIST}/${encodeURIComponent(key)}`, status: 200 },
    'filtered list': { path: `${LIST}?category=${encodeURIComponent(category)}`, status: 200 },
    search: { path: `${LIST}?q=${encodeURIComponent(word)}`, status: 200 },
    stats: { path: `${LIST}/stats`, status: 200 },
  };
  const { list, item } = questions;
  const kept = { mode: 'strict', yardstick: 'plain' } as const;
  const made = { mode: 'uncached', yardstick: 'hand-written' } as const;
  const targets: Partial<Record<string, number>> = { list: 1.5, item: 0.8 };
  return [
    { name: 'list, cached', ...kept, ...list, target: 0.5 },
    { name: 'list, cached, may be 50 ms old', ...kept, ...list, mode: 'relaxed', target: 0.7 },
    { name: 'list, cached, 304', ...kept, ...list, conditional: 'both', status: 304 },
    { name: 'list, cached, 304 beside the page', ...kept, ...list, conditional: 'service', status: 304, target: 0.6 },
    { name: 'list, cached, one connection', ...kept, ...list, mostAdded: 0.3 },
    { name: 'list, cached, brotli', ...kept, ...list, headers: { 'accept-encoding': 'br' } },
    { name: 'list, cached, with Redis', ...kept, ...list, redis: true },
    ...Object.entries(questions)
      .filter(([name]) => name !== 'list')
      .map(([name, question]) => ({ name: `${name}, cached`, ...kept, ...question })),
    ...Object.entries(questions).map(([name, question]) => {
      const target = targets[name];
      return { name: `${name}, uncached`, ...made, ...question, ...(target !== undefined && { target }) };
    }),
    { name: 'item, uncached, 304', ...made, ...item, conditional: 'both', status: 304 },
    { name: 'create', ...kept, yardstick: 'hand-written', writes: true, ...creation() },
    { name: 'update', ...kept, yardstick: 'hand-written', writes: true, ...change() },
  ];
}

async function sampleOf(databaseUrl: string): Promise<Sample> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<Sample>(
    `SELECT key, data ->> 'category' AS category, split_part(data ->> 'name', ' ', 1) AS word
     FROM metrics WHERE deleted_at IS NULL AND data ? 'category' ORDER BY id LIMIT 1`,
  );
  await client.end();
  const [sample] = rows;
  if (!sample) throw new Failure('the database of DATABASE_URL holds no metric with a category: npm run seed');
  return sample;
}

const document = (key: string) => ({
  metric_id: key,
  name: `Orders of ${key}`,
  description: 'Counts the orders that were paid, once a day, from the ledger.',
  business_domain: 'domain-1',
  owner: 'Team 7',
  unit: '{order}',
  tags: ['core', 'orders'],
  formula: { expression: 'count(distinct order_id)', language: 'sql' },
});

/** A new document each time. */
function creation(): Question {
  let count = 0;
  const next = () => ({ body: JSON.stringify(document(`created-${++count}`)) });
  return { path: LIST, method: 'POST', headers: { 'content-type': 'application/json' }, next, status: 201 };
}

/** Another change each time; the documents take turns, so that no two writers want the same one at once. */
function change(): Question & Pick<Scenario, 'documents'> {
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
  return { path: LIST, method: 'PATCH', headers, next, status: 200, documents: keys.map(document) };
}

import pg from 'pg';
import { Failure } from '../dev/script.ts';

/** One question asked of both sides in the same words. */
export interface Scenario {
  name: string;
  path: string;
  headers?: Record<string, string>;
  /** The status that every answer must have. */
  status: number;
  /** The least ratio to the yardstick, where one was promised. */
  target?: number;
}

interface Sample {
  key: string;
  version: number;
  category: string;
  word: string;
}

/** Questions that suit whatever metrics the database holds. */
export async function scenariosFor(databaseUrl: string): Promise<Scenario[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<Sample>(
    `SELECT key, version, data ->> 'category' AS category, split_part(data ->> 'name', ' ', 1) AS word
     FROM metrics WHERE deleted_at IS NULL AND data ? 'category' ORDER BY id LIMIT 1`,
  );
  await client.end();
  const [sample] = rows;
  if (!sample) throw new Failure('the database of DATABASE_URL holds no metric with a category: npm run seed');
  const list = '/api/v1/metrics';
  const item = `${list}/${encodeURIComponent(sample.key)}`;
  return [
    { name: 'list of 50', path: list, status: 200, target: 1 },
    { name: 'item', path: item, status: 200, target: 0.8 },
    { name: 'filtered list', path: `${list}?category=${encodeURIComponent(sample.category)}`, status: 200 },
    { name: 'search', path: `${list}?q=${encodeURIComponent(sample.word)}`, status: 200 },
    { name: 'item, 304', path: item, headers: { 'if-none-match': `"${sample.version}"` }, status: 304 },
  ];
}

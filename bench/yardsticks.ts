/**
 * The yardstick: the handlers that a good engineer writes by hand with Fastify and pg. Rows become objects through the
 * driver, objects become JSON through Fastify; no log, no validation, no request id. Reads DATABASE_URL, PORT and POOL_SIZE.
 */
import Fastify from 'fastify';
import pg from 'pg';

interface MetricRow {
  key: string;
  status: string;
  version: number;
  created_at: Date;
  updated_at: Date;
  data: Record<string, unknown>;
}

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['POOL_SIZE'] ?? 10),
});
const app = Fastify();
const LIMIT = 50;
const COLUMNS = 'key, status, version, created_at, updated_at, data';
const NEWEST = 'ORDER BY updated_at DESC, id DESC';

const shown = ({ key, data, ...row }: MetricRow) => ({ metric_id: key, ...row, ...data });

/** The first page of what a condition finds, with its count: the usual two queries, side by side. */
async function page(condition: string, order: string, values: string[]) {
  const where = `WHERE deleted_at IS NULL ${condition}`;
  const [{ rows }, { rows: counted }] = await Promise.all([
    pool.query<MetricRow>(`SELECT ${COLUMNS} FROM metrics ${where} ${order} LIMIT ${LIMIT} OFFSET 0`, values),
    pool.query<{ total: number }>(`SELECT count(*)::int AS total FROM metrics ${where}`, values),
  ]);
  const total = counted[0]?.total ?? 0;
  const pages = Math.ceil(total / LIMIT);
  return {
    data: rows.map(shown),
    pagination: { page: 1, limit: LIMIT, total, pages, hasNext: pages > 1, hasPrev: false },
  };
}

app.get<{ Querystring: { category?: string; q?: string } }>('/api/v1/metrics', ({ query: { category, q } }) => {
  if (category !== undefined) return page(`AND coalesce(data ->> 'category', '') COLLATE "C" = $1`, NEWEST, [category]);
  if (q !== undefined) {
    const words = `websearch_to_tsquery('english', $1)`;
    return page(`AND search @@ ${words} `, `ORDER BY ts_rank(search, ${words}) DESC, id DESC`, [q]);
  }
  return page('', NEWEST, []);
});

app.get<{ Params: { key: string } }>('/api/v1/metrics/:key', async ({ params, headers }, reply) => {
  const { rows } = await pool.query<MetricRow>(
    `SELECT ${COLUMNS} FROM metrics WHERE lower(key) = lower($1) AND deleted_at IS NULL`,
    [params.key],
  );
  if (!rows[0]) return reply.status(404).send({ status: 404 });
  const etag = `"${rows[0].version}"`;
  reply.header('etag', etag);
  return headers['if-none-match'] === etag ? reply.status(304).send() : shown(rows[0]);
});

app.get('/health/ready', () => ({ status: 'ok' }));

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });

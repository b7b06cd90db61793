/**
 * The baseline for uncached responses and writes: straightforward handlers with Fastify and pg. The driver parses rows
 * to objects and Fastify serializes them; there is no log, no validation and no request id. It reads DATABASE_URL,
 * PORT and POOL_SIZE.
 */
import Fastify from 'fastify';
import pg from 'pg';

interface MetricRow {
  id?: string;
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
app.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, (_, body, done) => done(null, body));
const LIMIT = 50;
const COLUMNS = 'key, status, version, created_at, updated_at, data';
const NEWEST = 'ORDER BY updated_at DESC, id DESC';

const toMetric = ({ id: _, key, data, ...row }: MetricRow) => ({ metric_id: key, ...row, ...data });

/** Reads the first page of a list and its count with two queries in parallel. */
async function page(condition: string, order: string, values: string[]) {
  const where = `WHERE deleted_at IS NULL ${condition}`;
  const [{ rows }, { rows: counted }] = await Promise.all([
    pool.query<MetricRow>(`SELECT ${COLUMNS} FROM metrics ${where} ${order} LIMIT ${LIMIT} OFFSET 0`, values),
    pool.query<{ total: number }>(`SELECT count(*)::int AS total FROM metrics ${where}`, values),
  ]);
  const total = counted[0]?.total ?? 0;
  const pages = Math.ceil(total / LIMIT);
  return {
    data: rows.map(toMetric),
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
  return headers['if-none-match'] === etag ? reply.status(304).send() : toMetric(rows[0]);
});

/** Counts by the values of each facet, a query for each. */
app.get('/api/v1/metrics/stats', async () => {
  const count = (from: string, value: string) =>
    pool.query<{ value: string; count: number }>(
      `SELECT ${value} AS value, count(*)::int AS count FROM ${from}
       WHERE deleted_at IS NULL AND ${value} <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100`,
    );
  const [total, ...facets] = await Promise.all([
    pool.query<{ total: number }>('SELECT count(*)::int AS total FROM metrics WHERE deleted_at IS NULL'),
    count('metrics', 'status'),
    ...['category', 'tier', 'business_domain', 'owner'].map((member) => count('metrics', `data ->> '${member}'`)),
    count(`metrics, jsonb_array_elements_text(data -> 'tags') AS tag`, 'tag'),
  ]);
  const names = ['status', 'category', 'tier', 'business_domain', 'owner', 'tags'];
  return {
    total: total.rows[0]?.total ?? 0,
    ...Object.fromEntries(names.map((name, index) => [`by_${name}`, facets[index]?.rows])),
  };
});

/** What a write does goes into one transaction with its revision. */
async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const addRevision = (client: pg.PoolClient, row: MetricRow, change: string, fields: string[], requestId: string) =>
  client.query(
    `INSERT INTO revisions (resource, document_id, key, version, change, actor, request_id, changed_fields, breaking, data, created_at)
     VALUES ('metrics', $1, $2, $3, $4, 'anonymous', $5, $6, false, $7, $8)`,
    [row.id, row.key, row.version, change, requestId, fields, row.data, row.updated_at],
  );

app.post<{ Body: Record<string, unknown> & { metric_id: string } }>('/api/v1/metrics', async ({ body, id }, reply) => {
  const { metric_id: key, ...data } = body;
  const row = await inTransaction(async (client) => {
    const { rows } = await client.query<MetricRow>(
      `INSERT INTO metrics (key, data, domain_id) VALUES ($1, $2, (SELECT id FROM domains WHERE lower(key) = lower($3)))
       RETURNING id, ${COLUMNS}`,
      [key, data, data['business_domain']],
    );
    const [created] = rows as [MetricRow];
    await addRevision(client, created, 'created', Object.keys(body), id);
    return created;
  });
  return reply
    .status(201)
    .headers({ location: `/api/v1/metrics/${row.key}`, etag: '"1"' })
    .send(toMetric(row));
});

app.patch<{ Params: { key: string }; Body: string }>('/api/v1/metrics/:key', async ({ params, body, id }, reply) => {
  const patch = JSON.parse(body) as Record<string, unknown>;
  const row = await inTransaction(async (client) => {
    const { rows: before } = await client.query<MetricRow>(
      `SELECT id, ${COLUMNS} FROM metrics WHERE lower(key) = lower($1) AND deleted_at IS NULL FOR UPDATE`,
      [params.key],
    );
    if (!before[0]) return undefined;
    const { rows } = await client.query<MetricRow>(
      `UPDATE metrics SET data = $2, version = version + 1, updated_at = clock_timestamp() WHERE id = $1
       RETURNING id, ${COLUMNS}`,
      [before[0].id, { ...before[0].data, ...patch }],
    );
    const [changed] = rows as [MetricRow];
    await addRevision(client, changed, 'updated', Object.keys(patch), id);
    return changed;
  });
  return row ? reply.header('etag', `"${row.version}"`).send(toMetric(row)) : reply.status(404).send({ status: 404 });
});

app.get('/health/ready', () => ({ status: 'ok' }));

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });

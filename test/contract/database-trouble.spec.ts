import { Client } from 'pg';
import { type TestResponse, TestApp } from '../support/app';
import { contentOf, expectProblem, inShort } from './problems';

const METRICS = '/api/v1/metrics';
const LIVE = `${METRICS}/live`;

/** Runs `work` while another session of the database holds what `sql` locks. */
async function whileLocked<T>(app: TestApp, sql: string, work: () => Promise<T>): Promise<T> {
  const other = new Client({ connectionString: app.database.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query(sql);
    return await work();
  } finally {
    await other.end();
  }
}

/** Takes a database away from the app, or gives it back. */
async function allowConnections(app: TestApp, allowed: boolean): Promise<void> {
  const url = new URL(app.database.url);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const server = new Client({ connectionString: url.href });
  await server.connect();
  await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`);
  if (!allowed) await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  await server.end();
}

const WRITES: [method: string, url: string, body?: unknown, headers?: Record<string, string>][] = [
  ['POST', METRICS, { name: 'x' }],
  ['POST', METRICS, { name: 'x' }, { 'idempotency-key': 'k' }],
  ['POST', `${METRICS}/bulk`, { items: [{ name: 'x' }] }],
  ['PUT', LIVE, { name: 'x' }, { 'if-match': '*' }],
  ['PATCH', LIVE, { name: 'x' }],
  ['DELETE', LIVE],
  ['POST', `${LIVE}/revert`, { version: 1 }],
];
const READS: [method: string, url: string][] = [
  ['GET', METRICS],
  ['GET', LIVE],
  ['GET', `${LIVE}/revisions`],
  ['GET', `${LIVE}/revisions/1`],
  ['GET', `${METRICS}/stats`],
  ['GET', `${METRICS}/export`],
];

describe('database failures', () => {
  let app: TestApp;
  const start = async (settings: Record<string, string>) => {
    app = await TestApp.start(settings);
    await app.post(METRICS, { metric_id: 'live', name: 'Live' });
  };
  afterEach(() => app.stop());

  test('an unavailable database: 503 with Retry-After, liveness stays up, and the service recovers', async () => {
    await start({});
    const before = await contentOf(app);
    await allowConnections(app, false);
    for (const [method, url, body, headers] of [...WRITES, ...READS]) {
      const response = await app.send(method, url, { body, ...(headers && { headers }) });
      expect(`${method} ${url} ${inShort(expectProblem(response))}`).toBe(`${method} ${url} 503 database_unavailable`);
      expect(response.headers['retry-after']).toMatch(/^\d+$/);
    }
    expect((await app.get('/health/live')).status).toBe(200);
    expect(inShort(expectProblem(await app.get('/health/ready')))).toBe('503 not_ready');
    await allowConnections(app, true);
    expect((await app.get(LIVE)).status).toBe(200);
    while ((await app.get('/health/ready')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await contentOf(app)).toEqual(before);
  });

  test('a statement that exceeds the timeout: 504, and nothing is written', async () => {
    await start({ DATABASE_STATEMENT_TIMEOUT_MS: '150' });
    const before = await contentOf(app);
    await whileLocked(app, 'SELECT FROM metrics FOR UPDATE', async () => {
      for (const [method, url, body, headers] of WRITES.filter(([, url]) => url.startsWith(LIVE))) {
        const response = await app.send(method, url, { body, ...(headers && { headers }) });
        expect(`${method} ${url} ${inShort(expectProblem(response))}`).toBe(`${method} ${url} 504 timeout`);
      }
    });
    await whileLocked(app, 'LOCK TABLE metrics, revisions IN ACCESS EXCLUSIVE MODE', async () => {
      for (const [method, url] of READS)
        expect(`${url} ${inShort(expectProblem(await app.send(method, url)))}`).toBe(`${url} 504 timeout`);
    });
    expect(await contentOf(app)).toEqual(before);
  });

  test('a pool without a free connection: 503 with Retry-After', async () => {
    await start({ DATABASE_POOL_SIZE: '1', DATABASE_POOL_TIMEOUT_MS: '200' });
    let first: Promise<TestResponse> | undefined;
    await whileLocked(app, 'SELECT FROM metrics FOR UPDATE', async () => {
      first = app.patch(LIVE, { name: 'First' });
      // Let it take the only connection.
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const [method, url, body] of [READS[0], WRITES[0]].filter((row) => row !== undefined)) {
        const response = await app.send(method, url, { body });
        expect(inShort(expectProblem(response))).toBe('503 overloaded');
        expect(response.headers['retry-after']).toMatch(/^\d+$/);
      }
    });
    expect((await first)?.status).toBe(200);
  });

  test('an Idempotency-Key whose request still runs: 409 with Retry-After', async () => {
    await start({});
    const before = await contentOf(app);
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('idempotency anonymous busy', 0))`;
    const response = await whileLocked(app, lock, () =>
      app.post(METRICS, { name: 'x' }, { 'idempotency-key': 'busy' }),
    );
    expect(inShort(expectProblem(response))).toBe('409 idempotency_in_progress');
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expect(await contentOf(app)).toEqual(before);
  });
});

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { CompletedRequest } from '../../src/instrumentation/request-completion';
import { problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { completeMetric } from '../support/documents';
import { waitingForLocks } from '../support/locks';

const metrics = '/api/v1/metrics';
/** Far more than any request here takes when nothing is in its way. */
const LIMIT_MS = 1500;

/** Another session that holds what the service wants, until it is released. */
class Blocker {
  private constructor(private readonly client: Client) {}

  static async running(url: string, sql: string): Promise<Blocker> {
    const client = new Client({ connectionString: url }).on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await client.query(sql);
    return new Blocker(client);
  }

  /** Waits until so many sessions stand in its way. */
  async untilWaiting(sessions: number): Promise<void> {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(5)) {
      if ((await waitingForLocks(this.client)) === sessions) return;
    }
    throw new Error(`There were never ${sessions} sessions waiting.`);
  }

  async release(): Promise<void> {
    await this.client.query('ROLLBACK');
    await this.client.end();
  }
}

/** What the service has in hand is done when no session of its is at work. */
async function untilIdle(t: TestApp): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(5)) {
    const [row] = await t.sql<{ busy: number }>(
      `SELECT count(*)::int AS busy FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'mdl' AND state <> 'idle' AND pid <> pg_backend_pid()`,
    );
    if (row?.busy === 0) return;
  }
  throw new Error('The sessions of the service did not come to rest.');
}

const start = (environment: Record<string, string>) =>
  TestApp.start({ ENABLE_CACHE: 'false', SLOW_REQUEST_MS: '0', ...environment });

describe('requests that wait for one cache fill', () => {
  it('time out together, not one after the other', async () => {
    const t = await TestApp.start({ HANDLER_TIMEOUT_MS: String(LIMIT_MS), SLOW_REQUEST_MS: '0' });
    const blocker = await Blocker.running(t.database.url, 'LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const started = performance.now();
    const responses = await Promise.all(times(6, () => t.get(metrics)));
    // One after the other they would take six times the limit.
    expect(performance.now() - started).toBeLessThan(3 * LIMIT_MS);
    await blocker.release();
    for (const { status, headers } of responses)
      expect([status, headers['server-timing']]).toEqual([504, expect.stringMatching(/total;dur=\d/)]);
    expect((await t.get(metrics)).status).toBe(200);
    await t.stop();
  });
});

describe('a handler that takes longer than HANDLER_TIMEOUT_MS', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await start({ HANDLER_TIMEOUT_MS: String(LIMIT_MS) });
    await t.post('/api/v1/domains', { domain_id: 'revenue', name: 'Revenue' });
    await t.post(metrics, completeMetric('held'));
    await t.app.listen(0, '127.0.0.1');
  });
  afterAll(() => t.stop());

  it('gets 504, and later reads succeed', async () => {
    const blocker = await Blocker.running(t.database.url, 'LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const response = await fetch(`${await t.app.getUrl()}${metrics}/held`);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({
      code: 'timeout',
      detail: `The request took longer than ${LIMIT_MS} ms and was stopped; nothing was written.`,
    });
    const [, total] = /total;dur=([\d.]+)/.exec(response.headers.get('server-timing') ?? '') ?? [];
    expect(Number(total)).toBeGreaterThanOrEqual(LIMIT_MS - 1);
    await blocker.release();
    expect((await t.get(`${metrics}/held`)).status).toBe(200);
  });

  it('writes nothing, even where its statement could run after the response', async () => {
    const before = await t.get(`${metrics}/held`);
    const blocker = await Blocker.running(t.database.url, `SELECT FROM metrics WHERE key = 'held' FOR UPDATE`);
    const response = await t.patch(`${metrics}/held`, { name: 'Too late' }, { 'if-match': before.headers.etag ?? '' });
    expect(problemOf(response)).toMatchObject({ status: 504, code: 'timeout' });
    await blocker.release();
    await untilIdle(t);
    const after = await t.get(`${metrics}/held`);
    expect([after.headers.etag, after.body.name]).toEqual([before.headers.etag, before.body.name]);
    const [revisions] = await t.sql(`SELECT count(*)::int AS count FROM revisions WHERE data ->> 'name' = 'Too late'`);
    expect(revisions).toEqual({ count: 0 });
    expect((await t.patch(`${metrics}/held`, { name: 'In time' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('stores no Idempotency-Key: the repeated request runs', async () => {
    const create = () => t.post(metrics, { metric_id: 'once', name: 'Once' }, { 'idempotency-key': 'late' });
    const blocker = await Blocker.running(t.database.url, 'LOCK TABLE revisions IN EXCLUSIVE MODE');
    expect((await create()).status).toBe(504);
    await blocker.release();
    await untilIdle(t);
    expect((await t.get(`${metrics}/once`)).status).toBe(404);
    const again = await create();
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, undefined]);
  });

  it('gets the outcome of a COMMIT that has started', async () => {
    await t.sql('CREATE TABLE gate ()');
    await t.sql(`CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN LOCK TABLE gate IN ACCESS SHARE MODE; RETURN NULL; END $$`);
    await t.sql(`CREATE CONSTRAINT TRIGGER wait_at_gate AFTER INSERT ON metrics DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION wait_at_gate()`);
    const blocker = await Blocker.running(t.database.url, 'LOCK TABLE gate IN ACCESS EXCLUSIVE MODE');
    const created = t.post(metrics, { metric_id: 'committed', name: 'Committed' });
    await blocker.untilWaiting(1);
    await sleep(2 * LIMIT_MS);
    await blocker.release();
    expect((await created).status).toBe(201);
    expect((await t.get(`${metrics}/committed`)).status).toBe(200);
    await t.sql('DROP TRIGGER wait_at_gate ON metrics');
  });

  it('does not cut a stream that has started', async () => {
    await t.sql(
      `INSERT INTO metrics (key, data) SELECT 'row-' || n, jsonb_build_object('name', 'n', 'extra',
         jsonb_build_object('x', repeat('x', 1000))) FROM generate_series(1, 12000) AS n`,
    );
    const request = get(`${await t.app.getUrl()}${metrics}/export`, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    // A reader who takes twice as long as a handler may.
    response.pause();
    await sleep(2 * LIMIT_MS);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    const count = text.trimEnd().split('\n').length - 1;
    expect(count).toBeGreaterThan(12_000);
    expect(text.endsWith(`{"count":${count}}\n`)).toBe(true);
  });
});

describe('HANDLER_TIMEOUT_MS=0', () => {
  it('disables the limit', async () => {
    const t = await start({ HANDLER_TIMEOUT_MS: '0' });
    try {
      const blocker = await Blocker.running(t.database.url, 'LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
      const response = t.get(metrics);
      await blocker.untilWaiting(1);
      await sleep(300);
      await blocker.release();
      expect((await response).status).toBe(200);
    } finally {
      await t.stop();
    }
  });
});

describe('database timeouts', () => {
  it('responds 504 after DATABASE_STATEMENT_TIMEOUT_MS and rolls the write back', async () => {
    const t = await start({ DATABASE_STATEMENT_TIMEOUT_MS: '1500' });
    try {
      await t.post(metrics, { metric_id: 'held', name: 'Held' });
      const blocker = await Blocker.running(t.database.url, 'LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
      const [read, write] = await Promise.all([
        t.get(`${metrics}/held`),
        t.patch(`${metrics}/held`, { name: 'Too late' }, { 'if-match': '*' }),
      ]);
      await blocker.release();
      for (const response of [read, write]) expect(problemOf(response)).toMatchObject({ status: 504, code: 'timeout' });
      expect((await t.get(`${metrics}/held`)).body).toMatchObject({ version: 1, name: 'Held' });
    } finally {
      await t.stop();
    }
  });

  it('responds 503 with Retry-After after DATABASE_POOL_TIMEOUT_MS without a connection', async () => {
    const t = await start({ DATABASE_POOL_SIZE: '1', DATABASE_POOL_TIMEOUT_MS: '1500' });
    try {
      const blocker = await Blocker.running(t.database.url, 'LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
      const holder = t.get(metrics);
      await blocker.untilWaiting(1);
      const [read, write] = await Promise.all([
        t.get('/api/v1/domains'),
        t.post('/api/v1/domains', { domain_id: 'late', name: 'Late' }),
      ]);
      await blocker.release();
      for (const response of [read, write]) {
        expect(problemOf(response)).toMatchObject({ status: 503, code: 'overloaded' });
        expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect((await holder).status).toBe(200);
      expect((await t.get('/api/v1/domains')).body.data).toEqual([]);
    } finally {
      await t.stop();
    }
  });
});

describe('a client that reads nothing of its response', () => {
  it('loses the connection after SEND_TIMEOUT_MS, and others go on', async () => {
    const t = await start({ SEND_TIMEOUT_MS: '4000', HANDLER_TIMEOUT_MS: '0' });
    const { requestCompletion } = t.app.getHttpAdapter().getInstance();
    const completed = new Promise<CompletedRequest>((resolve) => requestCompletion.onCompleted(resolve));
    // 20 MB: more than the buffers of both sockets hold.
    await t.sql(
      `INSERT INTO metrics (key, data) SELECT 'row-' || n, jsonb_build_object('name', 'n', 'description', repeat('x', 200000))
       FROM generate_series(1, 100) AS n`,
    );
    await t.app.listen(0, '127.0.0.1');
    const request = get(`${await t.app.getUrl()}${metrics}?limit=100`, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(await completed).toMatchObject({ route: metrics, status: 200 });
    await expect(once(response.resume(), 'end')).rejects.toThrow('aborted');
    expect((await fetch(`${await t.app.getUrl()}${metrics}?limit=1`)).status).toBe(200);
    await t.stop();
  });
});

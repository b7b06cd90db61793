import { Client } from 'pg';
import { Database } from '../../src/database/database';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { problemOf } from '../support/responses';
import { TcpProxy } from '../support/tcp-proxy';

const METRICS = '/api/v1/metrics';
const HELD = `${METRICS}/held`;
const UNAVAILABLE = { status: 503, code: 'database_unavailable' };

describe('open connections whose packets are lost', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let t: TestApp;

  beforeEach(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.before(database.serviceUrl ?? database.url);
    t = await TestApp.start(
      { ENABLE_CACHE: 'false', DATABASE_STATEMENT_TIMEOUT_MS: '500', GENERATION_TIMEOUT_MS: '1000' },
      { url: database.url, serviceUrl: proxy.url, drop: database.drop },
    );
    await t.post(METRICS, { metric_id: 'held', name: 'Held' });
    await fillPool();
    proxy.freezeOpen();
  });
  afterEach(async () => {
    await t.stop();
    await proxy.close();
  });

  /** Opens several connections, which are idle then. */
  const fillPool = async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const reads = times(4, () => t.get(HELD));
    while (t.app.get(Database).connections.open < 4) await new Promise(setImmediate);
    await blocker.end();
    await Promise.all(reads);
    expect(t.app.get(Database).connections.idle).toBe(4);
  };

  it.each<[string, () => Promise<unknown>]>([
    ['a read', () => t.get(HELD)],
    ['a list', () => t.get(METRICS)],
    ['an export', () => t.get(`${METRICS}/export`)],
    ['a write', () => t.patch(HELD, { name: 'Changed' })],
    ['a write with Idempotency-Key', () => t.post(METRICS, { name: 'x' }, { 'idempotency-key': 'k' })],
  ])('fail one request, %s, and then none', async (_, request) => {
    expect(problemOf((await request()) as never)).toMatchObject(UNAVAILABLE);
    for (const { status } of await Promise.all(times(4, () => t.get(HELD)))) expect(status).toBe(200);
    expect((await t.patch(HELD, { name: 'Later' })).body).toMatchObject({ version: 2, name: 'Later' });
    expect(t.app.get(Database).connections.streams).toBe(0);
  });
});

describe('a connection that is lost during COMMIT', () => {
  const UNKNOWN = { status: 503, code: 'outcome_unknown' };
  let database: TestDatabase;
  let proxy: TcpProxy;
  let t: TestApp;

  beforeEach(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.before(database.serviceUrl ?? database.url);
    t = await TestApp.start(
      { DATABASE_STATEMENT_TIMEOUT_MS: '3000', DATABASE_LOCK_TIMEOUT_MS: '3000' },
      { url: database.url, serviceUrl: proxy.url, drop: database.drop },
    );
    await t.post(METRICS, { metric_id: 'held', name: 'Held' });
  });
  afterEach(async () => {
    await t.stop();
    await proxy.close();
  });

  /** Runs SQL at the COMMIT of each change of a metric. */
  const atCommit = async (sql: string) => {
    await t.sql(`CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN ${sql}; RETURN NULL; END $$`);
    await t.sql(`CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT OR UPDATE ON metrics DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION at_commit()`);
  };
  const expectUnknown = (response: Awaited<ReturnType<TestApp['get']>>) => {
    expect(problemOf(response)).toMatchObject(UNKNOWN);
    expect(response.headers).not.toHaveProperty('retry-after');
    expect(response.body.detail).toContain('may have succeeded');
  };

  it('because the server ends the session: 503 without Retry-After', async () => {
    await atCommit('PERFORM pg_terminate_backend(pg_backend_pid())');
    expectUnknown(await t.patch(HELD, { name: 'x' }));
    await t.sql('DROP TRIGGER at_commit ON metrics');
    expect((await t.patch(HELD, { name: 'Later' })).body).toMatchObject({ version: 2 });
  });

  it('although the write succeeds: 503 without Retry-After, and its repetition is a replay', async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('SELECT pg_advisory_lock(7)');
    await atCommit('PERFORM pg_advisory_xact_lock(7)');
    const create = () => t.post(METRICS, { metric_id: 'late', name: 'Late' }, { 'idempotency-key': 'k' });
    const first = create();
    const isCommitting = async () =>
      (await t.sql(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted`)).length > 0;
    while (!(await isCommitting())) await new Promise(setImmediate);
    proxy.freezeOpen();
    await blocker.end();
    expectUnknown(await first);
    await t.sql('DROP TRIGGER at_commit ON metrics');
    const second = await create();
    expect([second.status, second.headers['idempotency-replayed']]).toEqual([201, 'true']);
  });
});

const WRITES: [method: string, url: string, body?: unknown, headers?: Record<string, string>][] = [
  ['POST', METRICS, { name: 'x' }],
  ['POST', METRICS, { name: 'x' }, { 'idempotency-key': 'k' }],
  ['POST', `${METRICS}/bulk`, { items: [{ name: 'x' }] }],
  ['POST', `${METRICS}/bulk?atomic=false`, { items: [{ name: 'x' }] }],
  ['PUT', HELD, { name: 'x' }, { 'if-match': '*' }],
  ['PATCH', HELD, { name: 'x' }],
  ['DELETE', HELD],
  ['POST', `${HELD}/revert`, { version: 1 }],
  ['POST', '/api/v1/api-keys', { name: 'x', role: 'viewer' }],
  ['POST', '/api/v1/users', { name: 'x', role: 'viewer', password: 'three llamas cross at noon' }],
];

/** New sessions are read-only, or are not; open ones stay as they are. */
async function setReadOnly(t: TestApp, isReadOnly: boolean): Promise<void> {
  const name = new URL(t.database.url).pathname.slice(1);
  await t.sql(`ALTER DATABASE ${name} ${isReadOnly ? 'SET default_transaction_read_only = on' : 'RESET ALL'}`);
  const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mdl' AND datname = $1`;
  if (isReadOnly) await t.sql(terminate, [name]);
}

describe('a database that is read-only for a while', () => {
  let proxy: TcpProxy;
  let t: TestApp;

  beforeEach(async () => {
    const database = await createTestDatabase();
    proxy = await TcpProxy.before(database.serviceUrl ?? database.url);
    t = await TestApp.start({}, { url: database.url, serviceUrl: proxy.url, drop: database.drop });
    await t.post(METRICS, { metric_id: 'held', name: 'Held' });
    await setReadOnly(t, true);
  });
  afterEach(async () => {
    await t.stop();
    await proxy.close();
  });

  const countOpened = async (work: () => Promise<unknown>) => {
    const before = proxy.opened;
    await work();
    return proxy.opened - before;
  };
  const write = () => t.patch(HELD, { name: 'x' });

  it('gets at most four new sessions a second, however many writes it refuses', async () => {
    await Promise.all(times(20, write));
    const start = performance.now();
    const opened = await countOpened(async () => {
      for (const { status } of await Promise.all(times(60, write))) expect(status).toBe(503);
    });
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThanOrEqual(1 + 4 * ((performance.now() - start) / 1000));
    expect((await t.get(HELD)).status).toBe(200);
  });

  it('gets its first write at once, and each old session is replaced at most once', async () => {
    await Promise.all(times(20, write));
    await setReadOnly(t, false);
    const opened = await countOpened(async () => {
      expect((await write()).status).toBe(200);
      for (const { status } of await Promise.all(times(40, () => t.post(METRICS, { name: 'x' }))))
        expect(status).toBe(201);
    });
    // One finds out; then the pool may fill.
    expect(opened).toBeLessThanOrEqual(1 + t.app.get(Database).connections.most);
  });
});

describe('a database that refuses writes', () => {
  let t: TestApp;

  beforeEach(async () => {
    t = await TestApp.start();
    await t.post(METRICS, { metric_id: 'held', name: 'Held' });
  });
  afterEach(() => t.stop());

  const expectRefused = async (writes: typeof WRITES, message: string) => {
    for (const [method, url, body, headers] of writes) {
      const response = await t.send(method, url, { body, ...(headers && { headers }) });
      expect([method, url, problemOf(response)]).toEqual([method, url, expect.objectContaining(UNAVAILABLE)]);
      expect(response.headers['retry-after']).toMatch(/^\d+$/);
    }
    expect((await t.get(`${HELD}?fields=name`)).body.name).toBe('Held');
    const ready = await t.get('/health/ready');
    expect([ready.status, ready.body.details.database]).toEqual([200, { status: 'up', degraded: true, message }]);
    expect((await t.get('/api/health')).body.status).toBe('degraded');
  };
  const expectRecovered = async () => {
    expect((await t.patch(HELD, { name: 'Later' })).body).toMatchObject({ version: 2 });
    for (const { status } of await Promise.all(times(6, (n) => t.post(METRICS, { name: `m${n}` }))))
      expect(status).toBe(201);
    expect((await t.get('/health/ready')).body.details.database).toEqual({ status: 'up' });
  };

  it('because it is read-only: 503 for writes, and no session stays read-only', async () => {
    await setReadOnly(t, true);
    await expectRefused(WRITES, 'The database is read-only.');
    await Promise.all(times(6, (n) => t.get(`${METRICS}?limit=${n + 1}`)));
    expect(t.app.get(Database).connections.open).toBeGreaterThan(2);
    await setReadOnly(t, false);
    await expectRecovered();
  });

  it.each([
    ['The disk of the database is full.', '53100', 'revisions'],
    ['The disk of the database fails.', '58030', 'metrics'],
  ])('because: %s 503 until it can write', async (message, sqlState, table) => {
    await t.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '${sqlState}'; END $$`);
    await t.sql(`CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION refuse()`);
    await expectRefused(
      WRITES.filter(([, url]) => url.startsWith(METRICS) && !url.endsWith('/revert')),
      message,
    );
    await t.sql(`DROP TRIGGER refuse ON ${table}`);
    await expectRecovered();
  });

  it('at COMMIT', async () => {
    await t.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'out of memory' USING ERRCODE = 'XX000'; END $$`);
    await t.sql(`CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON metrics DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION refuse()`);
    expect(problemOf(await t.patch(HELD, { name: 'x' }))).toMatchObject(UNAVAILABLE);
    await t.sql('DROP TRIGGER refuse ON metrics');
    await expectRecovered();
  });
});

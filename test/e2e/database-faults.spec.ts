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

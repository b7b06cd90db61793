import { Drain } from '../../src/http/drain';
import { TestApp } from '../support/app';
import { createTestDatabase } from '../support/database';
import { TcpProxy } from '../support/tcp-proxy';

describe('health', () => {
  let t: TestApp;
  let proxy: TcpProxy;

  beforeAll(async () => {
    const database = await createTestDatabase();
    proxy = await TcpProxy.before(database.url);
    t = await TestApp.start({}, { ...database, url: proxy.url });
  });
  afterAll(async () => {
    await t.stop();
    await proxy.close();
  });
  afterEach(() => proxy.heal());

  const timed = async (url: string) => {
    const started = Date.now();
    return { ...(await t.get(url)), milliseconds: Date.now() - started };
  };

  it('is live and ready with a database', async () => {
    expect((await t.get('/health/live')).body).toEqual({ status: 'ok' });
    const ready = await t.get('/health/ready');
    expect([ready.status, ready.body.details.database.status]).toEqual([200, 'up']);
  });

  it.each<[string, () => void]>([
    ['breaks', () => proxy.cut()],
    ['freezes', () => proxy.freeze()],
  ])('is not ready when the database connection %s, says so within about a second, and stays live', async (_, fail) => {
    fail();
    const ready = await timed('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(ready.body).toMatchObject({ code: 'not_ready', status: 503, details: { database: { status: 'down' } } });
    expect(ready.milliseconds).toBeLessThan(1900);
    const live = await timed('/health/live');
    expect([live.status, live.milliseconds < 500]).toEqual([200, true]);

    proxy.heal();
    expect((await t.get('/health/ready')).status).toBe(200);
  });

  it('keeps what it answers out of caches', async () => {
    expect((await t.get('/health/ready')).headers['cache-control']).toMatch(/no-cache|no-store/);
  });

  // The last one: there is no way back from draining.
  it('is not ready while it stops, but still serves, and asks to close connections', async () => {
    await t.app.get(Drain).begin(0);
    const ready = await t.get('/health/ready');
    expect([ready.status, ready.body.code]).toEqual([503, 'not_ready']);
    expect(ready.body.details).toEqual({ drain: { status: 'down' } });
    expect((await t.get('/health/live')).status).toBe(200);
    const served = await t.get('/api/v1/metrics');
    expect([served.status, served.headers.connection]).toEqual([200, 'close']);
  });
});

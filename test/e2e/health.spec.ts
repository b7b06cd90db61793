import { setTimeout as sleep } from 'node:timers/promises';
import { Drain } from '../../src/shutdown/drain';
import { TestApp } from '../support/app';
import { createTestDatabase } from '../support/database';
import { TcpProxy } from '../support/tcp-proxy';

describe('health', () => {
  let t: TestApp;
  let proxy: TcpProxy;

  beforeAll(async () => {
    const database = await createTestDatabase();
    proxy = await TcpProxy.before(database.url);
    t = await TestApp.start({}, { url: proxy.url, drop: database.drop });
  });
  afterAll(async () => {
    await t.stop();
    await proxy.close();
  });
  afterEach(() => proxy.heal());

  const untilReady = async (app = t) => {
    while ((await app.get('/health/ready')).status !== 200) await sleep(20);
  };
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
  ])('is not ready, but live, within about a second after the database connection %s', async (_, fail) => {
    fail();
    const ready = await timed('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(ready.body).toMatchObject({ code: 'not_ready', status: 503, details: { database: { status: 'down' } } });
    expect(ready.milliseconds).toBeLessThan(1900);
    const live = await timed('/health/live');
    expect([live.status, live.milliseconds < 500]).toEqual([200, true]);

    proxy.heal();
    await untilReady();
  });

  it('forbids caching of its responses', async () => {
    expect((await t.get('/health/ready')).headers['cache-control']).toMatch(/no-cache|no-store/);
  });

  describe('report', () => {
    const REPORT = '/api/health';
    const stateOf = (body: unknown, name: string) =>
      (body as { indicators: { name: string }[] }).indicators.find((one) => one.name === name);

    it('shows viewers the state and details of each component', async () => {
      const { status, body, headers } = await t.get(REPORT);
      expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
      expect(body.version).toMatch(/^\d/);
      expect(body.uptime_seconds).toBeGreaterThanOrEqual(0);
      expect((body.indicators as { name: string }[]).map(({ name }) => name).sort()).toEqual([
        'cache',
        'database',
        'drain',
        'event_loop',
        'memory',
      ]);
      // On a busy machine the event loop may be degraded.
      for (const { name, state, latency_ms } of body.indicators)
        if (name !== 'event_loop') expect([name, state, latency_ms >= 0]).toEqual([name, 'up', true]);
      expect(stateOf(body, 'database')).toMatchObject({ details: { max_connections: 8, waiting_requests: 0 } });
      expect(stateOf(body, 'cache')).toMatchObject({ details: { enabled: true } });
      expect(stateOf(body, 'memory')).toMatchObject({ details: { rss_bytes: expect.any(Number) as number } });
    });

    it('shows anonymous clients the states only', async () => {
      const closed = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' });
      // On a busy machine the first connection to PostgreSQL can take longer than a check may.
      await untilReady(closed);
      const { status, body } = await closed.get(REPORT);
      await closed.stop();
      expect([status, Object.keys(body as object)]).toEqual([200, ['status', 'indicators']]);
      for (const indicator of body.indicators) expect(Object.keys(indicator as object)).toEqual(['name', 'state']);
    });

    it('is 503 while the database is unavailable, with the state of each component', async () => {
      // A request has to detect it.
      proxy.cut();
      await t.get('/api/v1/metrics');
      const { status, body } = await timed(REPORT);
      expect([status, body.code, body.details.status]).toEqual([503, 'not_ready', 'down']);
      expect(stateOf(body.details, 'database')).toMatchObject({ state: 'down', message: 'No response.' });
      expect(stateOf(body.details, 'cache')).toMatchObject({ state: 'degraded' });
      expect(stateOf(body.details, 'memory')).toMatchObject({ state: 'up' });
      proxy.heal();
      while ((await t.get(REPORT)).status !== 200) await sleep(20);
    });
  });

  // Must be the last test: draining cannot be undone.
  it('is not ready while it shuts down, but serves requests with Connection: close', async () => {
    await t.app.get(Drain).begin(0);
    const ready = await t.get('/health/ready');
    expect([ready.status, ready.body.code]).toEqual([503, 'not_ready']);
    expect(ready.body.details).toEqual({ drain: { status: 'down' } });
    expect((await t.get('/health/live')).status).toBe(200);
    const served = await t.get('/api/v1/metrics');
    expect([served.status, served.headers.connection]).toEqual([200, 'close']);
  });
});

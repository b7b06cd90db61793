import { TestApp } from '../support/app';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { TcpProxy } from '../support/tcp-proxy';

const LIST = '/api/v1/metrics';

describe('the cache without a database', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let t: TestApp;

  beforeEach(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.before(database.url);
    t = await TestApp.start({ CACHE_STALE_ON_ERROR: '300' }, { url: proxy.url, drop: () => database.drop() });
    await t.post(LIST, { metric_id: 'mrr', name: 'Monthly' });
    for (const url of [LIST, `${LIST}/mrr`]) await t.get(url);
  });
  afterEach(async () => {
    proxy.heal();
    await t.app.close();
    await proxy.close();
    await database.drop();
  });

  const untilHealed = async () => {
    while ((await t.get('/api/cache/stats')).body.generation.state !== 'up')
      await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it.each([
    ['is cut off', () => proxy.cut()],
    ['hangs', () => proxy.freeze()],
  ])(
    'serves stale entries with their age when the database %s, and current ones when it is available again',
    async (_, fail) => {
      fail();
      for (const url of [LIST, `${LIST}/mrr`]) {
        const { status, headers, text } = await t.get(url);
        expect([status, headers['x-cache'], text.includes('Monthly')]).toEqual([200, 'STALE', true]);
        expect(Number(headers.age)).toBeGreaterThanOrEqual(0);
        expect(Number(headers.age)).toBeLessThan(60);
      }
      expect((await t.get('/api/cache/stats')).body.generation).toMatchObject({ state: 'away', failures: 1 });
      proxy.heal();
      await untilHealed();
      const { status, headers } = await t.get(LIST);
      expect([status, headers['x-cache']]).toEqual([200, 'HIT']);
      expect(headers.age).toBeUndefined();
    },
  );

  it('responds 503 without an entry', async () => {
    proxy.cut();
    const { status, body, headers } = await t.get(`${LIST}?sort=name`);
    expect([status, body.code, headers['retry-after'], headers['x-cache']]).toEqual([
      503,
      'database_unavailable',
      '2',
      'BYPASS',
    ]);
  });

  it('serves nothing older than CACHE_STALE_ON_ERROR', async () => {
    const strict = await TestApp.start(
      { CACHE_STALE_ON_ERROR: '0' },
      { url: proxy.url, drop: () => Promise.resolve() },
    );
    try {
      await strict.get(LIST);
      proxy.cut();
      expect((await strict.get(LIST)).status).toBe(503);
    } finally {
      await strict.app.close();
    }
  });

  it('replaces a terminated generation connection', async () => {
    await t.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mdl generations'`);
    for (let round = 0; round < 3; round++) {
      const { status, headers } = await t.get(LIST);
      expect([status, headers['x-cache']]).toEqual([200, 'HIT']);
    }
    expect((await t.get('/api/cache/stats')).body.generation).toMatchObject({ state: 'up', failures: 0 });
  });
});

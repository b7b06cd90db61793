import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Client } from 'pg';
import type { CacheReportDto } from '../../src/operations/cache-report.dto';
import { TestApp } from '../support/app';
import { domain, objective } from '../support/documents';
import { concurrently, times } from '../support/concurrently';

const LIST = '/api/v1/metrics';
const metric = (key: string, changes: Record<string, unknown> = {}) => ({
  metric_id: key,
  name: `Metric ${key}`,
  ...changes,
});

describe('response caching', () => {
  let t: TestApp;
  let psql: Client;

  beforeAll(async () => {
    t = await TestApp.start();
    psql = new Client({ connectionString: t.database.url });
    await psql.connect();
    await t.post('/api/v1/domains', domain('revenue'));
    for (const key of ['mrr', 'arr', 'churn'])
      await t.post(LIST, metric(key, { description: 'What it means. '.repeat(50) }));
    await t.post('/api/v1/objectives', objective('grow'));
  });
  afterAll(async () => {
    await psql.end();
    await t.stop();
  });

  const state = async (url: string, headers: Record<string, string> = {}) =>
    (await t.get(url, headers)).headers['x-cache'];
  const report = async () => (await t.get('/api/cache/stats')).body as CacheReportDto;

  it.each([
    ['a list', LIST],
    ['an item', `${LIST}/mrr`],
    ['statistics', `${LIST}/stats`],
    ['a history', `${LIST}/mrr/revisions`],
    ['a version', `${LIST}/mrr/revisions/1`],
    ['the metrics of a domain', '/api/v1/domains/revenue/metrics'],
    ['the objectives of a domain', '/api/v1/domains/revenue/objectives'],
  ])('serves %s from the cache with the same status, headers and body', async (_, url) => {
    const first = await t.get(url);
    const second = await t.get(url);
    expect([first.status, first.headers['x-cache'], second.headers['x-cache']]).toEqual([200, 'MISS', 'HIT']);
    const shown = ({ headers }: typeof first) =>
      Object.fromEntries(
        Object.entries(headers).filter(
          ([name]) => !['x-cache', 'x-request-id', 'date', 'server-timing'].includes(name),
        ),
      );
    expect(shown(second)).toEqual(shown(first));
    expect(second.text).toBe(first.text);
    expect(second.headers['cache-control']).toBe('private, no-cache');
    expect(second.headers.vary).toBe('Accept-Encoding, Authorization');
  });

  it('has one entry for equal queries in any spelling', async () => {
    await t.get(`${LIST}?status=draft,active&sort=-updated_at&limit=50&tier=tier-1`);
    for (const query of [
      'tier=tier-1&status=active,draft&sort=-updated_at',
      'page=1&status=draft,active,draft&tier=tier-1&sort=-updated_at&include_deleted=false',
    ])
      expect([query, await state(`${LIST}?${query}`)]).toEqual([query, 'HIT']);
    expect(await state(`${LIST}?status=draft,active&sort=-updated_at&limit=49&tier=tier-1`)).toBe('MISS');
    expect(await state(`${LIST}?status=draft,active&tier=tier-2&sort=-updated_at`)).toBe('MISS');
  });

  it('refuses an invalid query', async () => {
    const { status, body, headers } = await t.get(`${LIST}?colour=red`);
    expect([status, body.code, headers['x-cache']]).toEqual([400, 'invalid_parameter', 'BYPASS']);
  });

  it('does not cache errors', async () => {
    expect((await t.get(`${LIST}/late`)).status).toBe(404);
    await t.post(LIST, metric('late'));
    expect((await t.get(`${LIST}/late`)).status).toBe(200);
    await t.delete(`${LIST}/late`);
    expect((await t.get(`${LIST}/late`)).status).toBe(404);
  });

  describe('after a write', () => {
    it('through the service, shows it at once in lists, items, statistics and revisions', async () => {
      const urls = [LIST, `${LIST}/mrr`, `${LIST}/stats`, `${LIST}/mrr/revisions`];
      for (const url of urls) await t.get(url);
      await t.patch(`${LIST}/mrr`, { owner: 'Finance' }, { 'content-type': 'application/merge-patch+json' });
      for (const url of urls) {
        const { headers, text } = await t.get(url);
        expect([url, headers['x-cache']]).toEqual([url, 'MISS']);
        if (!url.endsWith('revisions')) expect(text).toContain('Finance');
      }
    });

    it('through psql, shows it at once, also where the version is unchanged', async () => {
      for (const url of [LIST, `${LIST}/mrr`]) await t.get(url);
      await psql.query(`UPDATE metrics SET data = data || '{"owner": "By hand"}' WHERE key = 'mrr'`);
      for (const url of [LIST, `${LIST}/mrr`]) {
        const { headers, text } = await t.get(url);
        expect([headers['x-cache'], text.includes('By hand')]).toEqual(['MISS', true]);
      }
    });

    it('to other rows, revalidates an item and counts that', async () => {
      await t.get(`${LIST}/arr`);
      const { survived } = await report();
      await t.post(LIST, metric('another'));
      expect(await state(`${LIST}/arr`)).toBe('HIT');
      expect((await report()).survived).toBe(survived + 1);
      expect(await state(LIST)).toBe('MISS');
    });

    it('to a metric, shows the new count of its domain', async () => {
      const counted = async () => (await t.get('/api/v1/domains/revenue')).body.metric_count as number;
      const before = await counted();
      await t.post(LIST, metric('counted', { business_domain: 'revenue' }));
      expect(await counted()).toBe(before + 1);
      await psql.query(`DELETE FROM metrics WHERE key = 'counted'`);
      expect(await counted()).toBe(before);
    });

    it('to a metric, keeps entries of resources that do not depend on metrics', async () => {
      await t.get('/api/v1/objectives');
      await t.post(LIST, metric('unrelated'));
      expect(await state('/api/v1/objectives')).toBe('HIT');
    });
  });

  describe('a conditional request', () => {
    it('for a list gets 304 from the generation alone', async () => {
      const { headers } = await t.get(`${LIST}?sort=name`);
      expect(headers.etag).toMatch(/^W\/"[\w-]{22}"$/);
      const again = await t.get(`${LIST}?sort=name`, { 'if-none-match': String(headers.etag) });
      expect([again.status, again.text, again.headers.etag, again.headers['x-cache']]).toEqual([
        304,
        '',
        headers.etag,
        'HIT',
      ]);
      await t.post(LIST, metric('newer'));
      const changed = await t.get(`${LIST}?sort=name`, { 'if-none-match': String(headers.etag) });
      expect([changed.status, changed.headers['x-cache']]).toEqual([200, 'MISS']);
      expect(changed.headers.etag).not.toBe(headers.etag);
    });

    it('for a list costs no query even without a cache entry', async () => {
      const small = await TestApp.start({ CACHE_MAX_ENTRIES: '1' }, t.database);
      try {
        const { headers } = await small.get(`${LIST}?sort=-name`);
        await small.get(LIST);
        await psql.query('BEGIN');
        // Queries of metrics wait for the lock; the generation query does not.
        await psql.query('LOCK TABLE metrics');
        const again = await small.get(`${LIST}?sort=-name`, { 'if-none-match': String(headers.etag) });
        expect([again.status, again.headers['cache-control']]).toEqual([304, 'private, no-cache']);
      } finally {
        await psql.query('ROLLBACK');
        await small.app.close();
      }
    });

    it('for an item compares its version', async () => {
      const { headers } = await t.get(`${LIST}/arr`);
      expect(headers.etag).toBe('"1"');
      expect((await t.get(`${LIST}/arr`, { 'if-none-match': '"1"' })).status).toBe(304);
      expect((await t.get(`${LIST}/arr?fields=name`, { 'if-none-match': '"1"' })).status).toBe(304);
      expect((await t.get(`${LIST}/arr`, { 'if-none-match': '*' })).status).toBe(304);
      expect((await t.get(`${LIST}/unknown`, { 'if-none-match': '*' })).status).toBe(404);
    });
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ] as const)(
    'sends cached bytes as %s, with the ETag and headers of the uncompressed response',
    async (encoding, decode) => {
      const url = `${LIST}?sort=created_at`;
      const plain = await t.get(url, { 'accept-encoding': 'identity' });
      const fastify = t.app.getHttpAdapter().getInstance();
      for (let round = 0; round < 2; round++) {
        const { headers, rawPayload } = await fastify.inject({ url, headers: { 'accept-encoding': encoding } });
        expect(headers['content-encoding']).toBe(encoding);
        expect([headers.etag, headers.vary]).toEqual([plain.headers.etag, 'Accept-Encoding, Authorization']);
        expect(Number(headers['content-length'])).toBe(rawPayload.length);
        expect(decode(rawPayload).toString()).toBe(plain.text);
      }
      expect((await t.get(url, { 'accept-encoding': encoding, 'x-no-compression': '1' })).text).toBe(plain.text);
    },
  );

  it('responds to HEAD like GET, without the body', async () => {
    const url = `${LIST}?sort=-created_at`;
    const get = await t.get(url);
    const head = await t.send('HEAD', url);
    expect([head.status, head.text, head.headers['x-cache'], head.headers['content-length']]).toEqual([
      200,
      '',
      'HIT',
      get.headers['content-length'],
    ]);
  });

  it('coalesces concurrent requests with one key', async () => {
    await psql.query('BEGIN');
    await psql.query('LOCK TABLE metrics');
    const { shared } = await report();
    const responses = times(20, () => t.get(`${LIST}?sort=-metric_id`));
    while ((await report()).shared < shared + 19) await new Promise((resolve) => setTimeout(resolve, 10));
    await psql.query('ROLLBACK');
    expect(new Set((await Promise.all(responses)).map(({ text }) => text)).size).toBe(1);
  });

  it('is bounded in entries and bytes', async () => {
    const small = await TestApp.start({ CACHE_MAX_ENTRIES: '5', CACHE_MAX_BYTES: '20000' }, t.database);
    try {
      const fastify = small.app.getHttpAdapter().getInstance();
      const request = (limit: number) => () =>
        fastify.inject({
          url: `${LIST}?limit=${limit + 1}`,
          headers: { 'accept-encoding': limit % 2 ? 'br' : 'gzip' },
        });
      await concurrently(times(30, request), 5);
      const { memory } = (await small.get('/api/cache/stats')).body;
      expect(memory.entries).toBeLessThanOrEqual(5);
      expect(memory.bytes).toBeGreaterThan(0);
      expect(memory.bytes).toBeLessThanOrEqual(20_000);
    } finally {
      await small.app.close();
    }
  });

  it('is empty in every instance after a flush', async () => {
    const other = await TestApp.start({}, t.database);
    try {
      const urls = [LIST, `${LIST}/arr`];
      for (const app of [t, other]) for (const url of [...urls, ...urls]) await app.get(url);
      const { status, body } = await t.post('/api/cache/flush');
      expect([status, body.memory > 0]).toEqual([200, true]);
      for (const app of [t, other])
        for (const url of urls) expect([url, (await app.get(url)).headers['x-cache']]).toEqual([url, 'MISS']);
      expect((await t.post('/api/cache/flush', undefined, { 'idempotency-key': 'flush-1' })).status).toBe(200);
    } finally {
      await other.app.close();
    }
  });

  it('reports its contents and counts by layer and kind', async () => {
    const before = await report();
    await t.get(`${LIST}?q=metric&limit=7`);
    await t.get(`${LIST}?q=metric&limit=7`);
    const after = await report();
    expect(after.kinds.list.hits - before.kinds.list.hits).toBe(1);
    expect(after.kinds.list.misses - before.kinds.list.misses).toBe(1);
    expect(after.memory.hits - before.memory.hits).toBe(1);
    expect(after.memory.entries).toBeGreaterThan(0);
    expect(after.kinds.list.hit_rate).toBeCloseTo(
      after.kinds.list.hits / (after.kinds.list.hits + after.kinds.list.misses),
    );
    expect(after).toMatchObject({ enabled: true, redis: { state: 'off' }, generation: { state: 'up' } });
  });

  it('can be disabled', async () => {
    const off = await TestApp.start({ ENABLE_CACHE: 'false' }, t.database);
    try {
      for (let round = 0; round < 2; round++) {
        const { status, headers } = await off.get(LIST);
        expect([status, headers['x-cache'], headers.etag]).toEqual([200, 'BYPASS', undefined]);
      }
    } finally {
      await off.app.close();
    }
  });

  it('shows a write within CACHE_MAX_STALENESS_MS (bounded staleness)', async () => {
    const bounded = await TestApp.start({ CACHE_MAX_STALENESS_MS: '400' }, t.database);
    try {
      await bounded.get(`${LIST}/arr`);
      const written = performance.now();
      await psql.query(`UPDATE metrics SET data = data || '{"owner": "Dial"}' WHERE key = 'arr'`);
      let seen = false;
      while (!seen) seen = (await bounded.get(`${LIST}/arr`)).text.includes('Dial');
      // The bound, and the time of a request on a busy machine.
      expect(performance.now() - written).toBeLessThan(400 + 2000);
    } finally {
      await bounded.app.close();
    }
  });

  it('warms the first pages and statistics through the pipeline', async () => {
    const warm = await TestApp.start({ CACHE_WARM_INTERVAL: '3600' }, t.database);
    try {
      while ((await warm.get('/api/cache/stats')).body.kinds.stats.misses < 3)
        await new Promise((resolve) => setTimeout(resolve, 10));
      for (const resource of ['domains', 'metrics', 'objectives'])
        for (const path of ['', '/stats'])
          expect((await warm.get(`/api/v1/${resource}${path}`)).headers['x-cache']).toBe('HIT');
    } finally {
      await warm.app.close();
    }
  });
});

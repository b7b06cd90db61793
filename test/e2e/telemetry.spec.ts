import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { tryPort } from '../../dev/ports.ts';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { LOG_CONTEXTS } from '../../src/telemetry/log-contexts';
import { TestApp } from '../support/app';
import { createTestDatabase } from '../support/database';
import { describeWithRedis, RedisServer } from '../support/redis';
import { compileService, Service } from '../support/service';
import { TcpProxy } from '../support/tcp-proxy';

const METRICS = '/api/v1/metrics';
const SCRAPE = '/metrics';
const SUMMARY = '/api/metrics';
const HEADER = 'mdl_http_requests_total{method="GET",route="/api/v1/metrics",status="200"}';

/** The samples of a scrape by name and labels. */
const samplesOf = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

describe('telemetry', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await TestApp.start({ SLOW_REQUEST_MS: '1' });
  });
  afterAll(() => t.stop());

  const scrape = async () => samplesOf((await t.get(SCRAPE)).text);
  /** The differences of all samples that change during `work`. */
  async function grown(work: () => Promise<unknown>): Promise<Map<string, number>> {
    const before = await scrape();
    await work();
    const after = [...(await scrape())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
    return new Map(after.filter(([, difference]) => difference !== 0));
  }

  it('is served in the Prometheus text format, with each metric described once', async () => {
    const { status, headers, text } = await t.get(SCRAPE);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
    const described = [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram|summary)$/gm)].map(([, name]) => name);
    expect(new Set(described).size).toBe(described.length);
    for (const sample of samplesOf(text).keys())
      expect(described).toContain(
        described.find((name) => new RegExp(`^${name}(_bucket|_sum|_count)?(\\{|$)`).test(sample)),
      );
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes'])
      expect(described).toContain(name);
  });

  it('starts failures of every route and messages of every logger context at 0', async () => {
    const samples = await scrape();
    for (const status of [500, 503, 504])
      for (const route of ['/api/v1/domains', '/api/v1/domains/:key'])
        expect(samples.get(`mdl_http_requests_total{method="GET",route="${route}",status="${status}"}`)).toBe(0);
    expect(samples.get('mdl_http_requests_total{method="DELETE",route="/api/v1/domains/:key",status="503"}')).toBe(0);
    const levels = ['warn', 'error'];
    const series = LOG_CONTEXTS.flatMap((context) => levels.map((level) => `{level="${level}",context="${context}"}`));
    expect(series.filter((labels) => samples.get(`mdl_log_messages_total${labels}`) === undefined)).toEqual([]);
  });

  it('counts requests by route template and status, and unmatched requests together', async () => {
    const more = await grown(async () => {
      await t.get(METRICS);
      await t.get(METRICS);
      await t.get(`${METRICS}/nobody`);
      await t.get('/nowhere/1');
      await t.get('/nowhere/2');
      await t.send('PUT', METRICS);
      await t.get('/%zz');
      await t.send('PROPFIND', METRICS);
    });
    const requests = [...more].filter(([name]) => name.startsWith('mdl_http_requests_total'));
    expect(Object.fromEntries(requests)).toEqual({
      [HEADER]: 2,
      'mdl_http_requests_total{method="GET",route="/api/v1/metrics/:key",status="404"}': 1,
      'mdl_http_requests_total{method="GET",route="unmatched",status="404"}': 2,
      'mdl_http_requests_total{method="GET",route="unmatched",status="400"}': 1,
      'mdl_http_requests_total{method="PUT",route="/api/v1/metrics",status="405"}': 1,
      'mdl_http_requests_total{method="_OTHER",route="/api/v1/metrics",status="405"}': 1,
      'mdl_http_requests_total{method="GET",route="/metrics",status="200"}': 1,
    });
    expect(more.get('mdl_http_request_duration_seconds_count{method="GET",route="unmatched"}')).toBe(3);
    expect(more.get('mdl_problems_total{code="not_found"}')).toBe(3);
    expect(more.get('mdl_problems_total{code="method_not_allowed"}')).toBe(2);
    expect(more.get('mdl_problems_total{code="invalid_encoding"}')).toBe(1);
    expect((await scrape()).get('mdl_http_requests_in_flight')).toBe(1);
  });

  it('measures durations, with buckets at the objectives, and sizes', async () => {
    const of = 'method="GET",route="/api/v1/domains"';
    const body = (await t.get('/api/v1/domains')).text;
    expect((await t.send('HEAD', '/api/v1/domains')).headers['content-length']).toBe(String(Buffer.byteLength(body)));
    const samples = await scrape();
    const duration = 'mdl_http_request_duration_seconds';
    for (const le of ['0.0005', '0.001', '0.2', '0.5'])
      expect(samples.has(`${duration}_bucket{${of},le="${le}"}`)).toBe(true);
    expect(samples.get(`${duration}_bucket{${of},le="+Inf"}`)).toBe(1);
    expect(samples.get(`${duration}_count{${of}}`)).toBe(1);
    expect(samples.get(`${duration}_sum{${of}}`)).toBeGreaterThan(0);
    expect(samples.get(`mdl_http_response_size_bytes_sum{${of}}`)).toBe(Buffer.byteLength(body));
    // HEAD has a Content-Length, but no body.
    expect(samples.get('mdl_http_response_size_bytes_sum{method="HEAD",route="/api/v1/domains"}')).toBe(0);
    const handler = 'mdl_http_handler_duration_seconds';
    expect(samples.get(`${handler}_count{${of}}`)).toBe(1);
  });

  it('counts cache hits, misses and database queries', async () => {
    const list = `${METRICS}?limit=7`;
    const more = await grown(async () => {
      await t.get(list);
      const { headers } = await t.get(list);
      expect(headers['x-cache']).toBe('HIT');
      await t.get(list, { 'if-none-match': headers.etag ?? '' });
    });
    expect(more.get('mdl_cache_answers_total{kind="list",result="miss"}')).toBe(1);
    expect(more.get('mdl_cache_answers_total{kind="list",result="hit"}')).toBe(2);
    expect(more.get('mdl_cache_lookups_total{layer="memory",result="miss"}')).toBe(1);
    expect(more.get('mdl_cache_not_modified_total')).toBe(1);
    expect(more.get('mdl_cache_entries')).toBe(1);
    expect(more.get('mdl_generation_query_duration_seconds_count')).toBe(3);
    expect(more.get('mdl_database_query_duration_seconds_count')).toBeGreaterThan(0);
    const samples = await scrape();
    expect(samples.get('mdl_generation_up')).toBe(1);
    expect(samples.get('mdl_database_pool_max_connections')).toBe(8);
    expect(samples.get('mdl_database_pool_connections')).toBeGreaterThan(0);
    expect(samples.get('mdl_database_pool_waiting')).toBe(0);
    expect(samples.get('mdl_database_last_contact_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
  });

  it('counts slow requests by main cause', async () => {
    const more = await grown(() => t.sql('SELECT 1').then(() => t.post(METRICS, { metric_id: 'slow', name: 'Slow' })));
    const slow = [...more].filter(([name]) => name.startsWith('mdl_http_slow_requests_total'));
    expect(slow.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(0);
  });

  it('is summarized as JSON', async () => {
    const before = (await t.get(SUMMARY)).body;
    await t.get(`${METRICS}/nobody`);
    await t.sql('ALTER TABLE objectives RENAME TO elsewhere');
    expect((await t.get('/api/v1/objectives')).status).toBe(500);
    await t.sql('ALTER TABLE elsewhere RENAME TO objectives');
    const { body } = await t.get(SUMMARY);
    expect(body.requests.total - before.requests.total).toBe(3);
    expect(body.requests.in_flight).toBe(1);
    expect(body.requests.error_rate).toBeCloseTo(1 / body.requests.total);
    expect(body.requests.statuses).toContainEqual({ status: 500, count: 1 });
    expect(body.requests.per_second).toBeGreaterThan(0);
    const { average, p50, p95, p99 } = body.requests.duration_ms;
    expect([average > 0, p50 > 0, p50 <= p95, p95 <= p99]).toEqual([true, true, true, true]);
    expect(body.top_routes[0].requests).toBeGreaterThanOrEqual(body.top_routes[1].requests as number);
    expect(body.top_routes).toContainEqual(expect.objectContaining({ route: METRICS, method: 'GET' }));
    expect(body.cache.hit_rate).toBeCloseTo(body.cache.hits / (body.cache.hits + body.cache.misses));
    expect(body.memory.rss_bytes).toBeGreaterThan(body.memory.heap_used_bytes as number);
    expect(body.uptime_seconds).toBeGreaterThan(0);
  });

  it('reports the version and the state of the process', async () => {
    const samples = await scrape();
    expect(
      [...samples.keys()].find((name) => /^mdl_build_info\{version="\d.*",node_version="v\d.*"\}$/.test(name)),
    ).toBeDefined();
    expect(samples.get('mdl_draining')).toBe(0);
    expect([...samples.keys()].some((name) => name.startsWith('mdl_redis'))).toBe(false);
  });
});

describe('telemetry of clients', () => {
  it('counts refused requests, and requires the role viewer', async () => {
    const t = await TestApp.start({
      AUTH_ANONYMOUS_ROLE: 'none',
      THROTTLE_ENABLED: 'true',
      THROTTLE_ANONYMOUS: '5',
    });
    try {
      const { key } = await t.app.get(ApiKeys).create({ name: 'Prometheus', role: 'viewer' }, 'test');
      const viewer = { authorization: `Bearer ${key}` };
      expect((await t.get(SCRAPE)).status).toBe(401);
      expect((await t.get(METRICS, { authorization: 'Bearer nonsense' })).status).toBe(401);
      expect((await t.post('/api/v1/auth/login', { name: 'ada', password: 'guessed' })).status).toBe(401);
      expect((await t.post('/api/v1/auth/refresh', { refresh_token: 'guessed' })).status).toBe(401);
      expect((await t.post(METRICS, {}, viewer)).status).toBe(403);
      for (let n = 0; n < 3; n++) await t.get(METRICS);
      const samples = samplesOf((await t.get(SCRAPE, viewer)).text);
      const failures = (reason: string) => samples.get(`mdl_authentication_failures_total{reason="${reason}"}`);
      expect(['no_credentials', 'bad_credentials', 'forbidden', 'unavailable'].map(failures)).toEqual([2, 3, 1, 0]);
      expect(samples.get('mdl_throttle_refused_total{limit="anonymous"}')).toBe(2);
      expect(samples.get('mdl_throttle_refused_total{limit="writes"}')).toBe(0);
      expect(samples.get('mdl_problems_total{code="rate_limited"}')).toBe(2);
    } finally {
      await t.stop();
    }
  });
});

describe('telemetry while the database is unavailable', () => {
  it('counts documents, and serves the last counts without delay', async () => {
    const database = await createTestDatabase();
    const proxy = await TcpProxy.before(database.url);
    const t = await TestApp.start({}, { url: proxy.url, drop: database.drop });
    try {
      await t.post(METRICS, { metric_id: 'one', name: 'One' });
      await t.post(METRICS, { metric_id: 'two', name: 'Two' });
      await t.delete(`${METRICS}/two`, { 'if-match': '*' });
      const counted = {
        'mdl_documents{resource="metrics",status="draft"}': 1,
        'mdl_documents{resource="metrics",status="deleted"}': 1,
      };
      const documents = (text: string) =>
        Object.fromEntries([...samplesOf(text)].filter(([name]) => name.startsWith('mdl_documents{')));
      expect(documents((await t.get(SCRAPE)).text)).toEqual(counted);

      proxy.cut();
      expect((await t.get(METRICS)).status).toBe(503);
      const start = performance.now();
      const { status, text } = await t.get(SCRAPE);
      expect([status, performance.now() - start < 500]).toEqual([200, true]);
      expect(documents(text)).toEqual(counted);
      const samples = samplesOf(text);
      expect(samples.get('mdl_generation_up')).toBe(0);
      expect(samples.get('mdl_generation_failures_total')).toBe(1);
      expect(samples.get('mdl_database_query_failures_total{reason="database_unavailable"}')).toBeGreaterThan(0);
      expect(samples.get('mdl_problems_total{code="database_unavailable"}')).toBe(1);
    } finally {
      await t.stop();
      await proxy.close();
    }
  });
});

describeWithRedis('telemetry of Redis', () => {
  it('reports whether Redis is up', async () => {
    const server = await RedisServer.start();
    const t = await TestApp.start({ REDIS_URL: server.url, REDIS_TIMEOUT_MS: '1000' });
    const scrape = async () => samplesOf((await t.get(SCRAPE)).text);
    try {
      while ((await scrape()).get('mdl_redis_up') !== 1) await sleep(20);
      await t.get(METRICS);
      expect((await scrape()).get('mdl_cache_lookups_total{layer="redis",result="miss"}')).toBe(1);
      expect((await scrape()).get('mdl_redis_commands_total')).toBeGreaterThan(0);
      await server.kill();
      while ((await scrape()).get('mdl_redis_up') !== 0) await sleep(20);
    } finally {
      await t.stop();
      await server.stop();
    }
  });
});

describe('telemetry on METRICS_PORT', () => {
  it('is served without credentials, on that port only, with counts of logged errors', async () => {
    await compileService();
    const database = await createTestDatabase();
    const port = (await tryPort(0, '127.0.0.1')) ?? 0;
    const main = (await tryPort(0, '127.0.0.1')) ?? 0;
    const service = new Service({
      DATABASE_URL: database.url,
      METRICS_PORT: String(port),
      AUTH_ANONYMOUS_ROLE: 'admin',
      LOG_LEVEL: 'warn',
      CACHE_WARM_INTERVAL: '0',
      PORT: String(main),
    });
    const origin = `http://127.0.0.1:${port}`;
    try {
      const text = async () => (await fetch(origin + SCRAPE)).text();
      const isReady = (url: string) =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        );
      while (!(await isReady(`http://127.0.0.1:${main}/health/ready`))) await sleep(50);
      expect((await fetch(`http://127.0.0.1:${main}${SCRAPE}`)).status).toBe(404);
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query('ALTER TABLE metrics RENAME TO elsewhere');
      await client.end();
      expect((await fetch(`http://127.0.0.1:${main}${METRICS}/one`)).status).toBe(500);
      expect(samplesOf(await text()).get('mdl_log_messages_total{level="error",context="Problem"}')).toBe(1);
      expect((await fetch(`${origin}/health/live`)).status).toBe(404);
      expect((await fetch(origin + SCRAPE, { method: 'POST' })).status).toBe(405);
      expect(await text()).toMatch(/^process_resident_memory_bytes \d+/m);
    } finally {
      service.signal('SIGTERM');
      expect(await service.exitCode()).toBe(0);
      await database.drop();
    }
    await expect(fetch(origin + SCRAPE)).rejects.toThrow();
  }, 60_000);
});

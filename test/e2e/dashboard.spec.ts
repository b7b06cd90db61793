import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { readDashboard } from '../../dev/dashboard.ts';
import { tryPort } from '../../dev/ports.ts';
import { hasProgram } from '../../dev/programs.ts';
import { hasRedisServer } from '../../dev/redis.ts';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { PrometheusServer } from '../support/prometheus';
import { RedisServer } from '../support/redis';
import { compileService, Service } from '../support/service';
import { TcpProxy } from '../support/tcp-proxy';

const METRICS = '/api/v1/metrics';
const DEADLINE_MS = 40_000;

/** Runs the service with all kinds of requests and a Prometheus with the rules of this project. */
(hasProgram('prometheus') && hasRedisServer() ? describe : describe.skip)('Prometheus', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let redis: RedisServer;
  let service: Service;
  let prometheus: PrometheusServer;
  const traffic = new AbortController();
  let load: Promise<void>;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    await compileService();
    database = await createTestDatabase();
    ends.push(() => database.drop());
    proxy = await TcpProxy.before(database.url);
    ends.push(() => proxy.close());
    redis = await RedisServer.start();
    ends.push(() => redis.stop());
    const port = String((await tryPort(0, '127.0.0.1')) ?? 0);
    service = new Service({
      DATABASE_URL: proxy.url,
      REDIS_URL: redis.url,
      REDIS_TIMEOUT_MS: '1000',
      METRICS_PORT: port,
      AUTH_ANONYMOUS_ROLE: 'viewer',
      THROTTLE_ANONYMOUS: '20',
      THROTTLE_AUTHENTICATED: '1000000',
      THROTTLE_WRITES: '1000000',
      CACHE_WARM_INTERVAL: '1',
    });
    ends.push(() => service.signal('SIGKILL'));
    const create = ['.build/commands/api-key.js', '--name', 'load', '--role', 'admin'];
    const { stdout } = await promisify(execFile)(process.execPath, create, { env: { DATABASE_URL: database.url } });
    prometheus = await PrometheusServer.start(`127.0.0.1:${port}`);
    ends.push(() => prometheus.stop());
    load = generateTraffic(await service.url(), /mdl_[\w-]+/.exec(stdout)?.[0] ?? '');
    ends.push(() => {
      traffic.abort();
      return load;
    });
  }, 60_000);
  // Runs also after a failed beforeAll.
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** Sends requests for all series: hits, misses, 304, writes, exports, client errors and a 500. */
  async function generateTraffic(url: string, key: string): Promise<void> {
    const send = async (method: string, path: string, headers = {}, body?: unknown): Promise<Response> => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      // An export fails when the database becomes unavailable.
      await response.arrayBuffer().catch(() => undefined);
      return response;
    };
    expect((await send('POST', METRICS, {}, { metric_id: 'first', name: 'First' })).status).toBe(201);
    while ((await prometheus.query('mdl_documents')).length === 0) await sleep(200);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    // Invalidates the cached objectives, so that requests and the cache warmer fail.
    await client.query('ALTER TABLE objectives RENAME TO elsewhere');
    await client.query('UPDATE cache_generations SET objectives = objectives + 1');
    await client.end();
    for (let n = 0; !traffic.signal.aborted; n++) {
      await send('POST', METRICS, {}, { metric_id: `m${n}`, name: `Metric ${n}` });
      const etag = (await send('GET', METRICS)).headers.get('etag') ?? '';
      await send('GET', METRICS, { 'if-none-match': etag });
      for (const path of ['', `/m${n}`, '/nobody', '/stats', `/m${n}/revisions`, '/export'])
        await send('GET', METRICS + path);
      await send('GET', '/api/v1/objectives');
      await send('GET', METRICS, { authorization: 'Bearer nonsense' });
      await fetch(url + METRICS);
      await sleep(50);
    }
  }

  /** Waits until every expression has a result. @returns the expressions without one after the deadline */
  async function missing(expressions: string[]): Promise<string[]> {
    const deadline = performance.now() + DEADLINE_MS;
    for (let left = expressions; ; await sleep(500)) {
      const empty: string[] = [];
      for (const expression of left) if ((await prometheus.query(expression)).length === 0) empty.push(expression);
      left = empty;
      if (left.length === 0 || performance.now() > deadline) return left;
    }
  }

  it('has a result for every expression of the dashboard', async () => {
    const targets = readDashboard('10s').flatMap(({ panels }) => panels.flatMap((panel) => panel.targets));
    expect(targets.length).toBeGreaterThan(50);
    expect(await missing(targets.map(({ expr }) => expr))).toEqual([]);
  }, 60_000);

  it('is drawn as a page by npm run dashboard', async () => {
    // The page ends at a full second, and the newest series may be younger.
    await sleep(2000);
    const folder = mkdtempSync(join(tmpdir(), 'mdl-page-'));
    const page = join(folder, 'page.html');
    const options = ['--prometheus', prometheus.url, '--minutes', '1', '--rate-interval', '10s', '--out', page];
    await promisify(execFile)(process.execPath, ['dev/dashboard-page.ts', ...options]);
    const html = readFileSync(page, 'utf8');
    rmSync(folder, { recursive: true });
    const panels = readDashboard('10s').flatMap((section) => section.panels);
    expect([...html.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, title]) => title)).toEqual(panels.map(({ title }) => title));
    expect([...html.matchAll(/<h3>([^<]*)<\/h3><p[^>]*>[^<]*<\/p><p/g)].map(([, title]) => title)).toEqual([]);
  });

  it('has a result for every recording rule and every series of an alert', async () => {
    while ((await prometheus.rules()).some(({ health }) => health === 'unknown')) await sleep(200);
    const rules = await prometheus.rules();
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const recorded = rules.filter(({ type }) => type === 'recording').map(({ name }) => name);
    const alerted = rules.filter(({ type }) => type === 'alerting').flatMap(({ query }) => seriesIn(query));
    expect([recorded.length > 10, alerted.length > 20]).toEqual([true, true]);
    expect(await missing([...recorded, ...alerted])).toEqual([]);
  }, 60_000);

  it('alerts for Redis, for the database and for the instance', async () => {
    const pending = async (name: string) => {
      while ((await prometheus.query(`ALERTS{alertname="${name}"}`)).length === 0) await sleep(200);
    };
    const isQuiet =
      (await prometheus.query('ALERTS{alertname=~"Mdl(RedisDegraded|StaleAnswers|AllDown)"}')).length === 0;
    expect(isQuiet).toBe(true);
    await redis.kill();
    await pending('MdlRedisDegraded');
    proxy.cut();
    await pending('MdlStaleAnswers');
    traffic.abort();
    await load;
    service.signal('SIGKILL');
    await pending('MdlAllDown');
  }, 60_000);
});

/** The series that an expression selects, without negative matchers: a series of errors may not exist yet. */
const seriesIn = (expression: string): string[] =>
  (expression.match(/\b(?:up|(?:mdl|process|nodejs)[_:][\w:]+)(?:\{[^}]*\})?/g) ?? []).map((selector) =>
    selector.replace(/,?\w+!(?:=|~)"[^"]*"/g, '').replace('{,', '{'),
  );

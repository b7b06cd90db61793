import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { describeWithRedisUrl } from '../support/redis';
import { compileService, type Line, Service } from '../support/service';
import { type Span, TraceSink } from '../support/trace-sink';

const METRICS = '/api/v1/metrics';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_SPAN = '00f067aa0ba902b7';
const PRINT_MODULES = `--require ${join(__dirname, '../support/print-modules.cjs')}`;

describe('tracing', () => {
  let database: TestDatabase;
  let sink: TraceSink;
  let service: Service;
  let url: string;

  const start = (more: Record<string, string>) =>
    new Service({
      DATABASE_URL: database.url,
      NODE_ENV: 'test',
      AUTH_ANONYMOUS_ROLE: 'admin',
      CACHE_WARM_INTERVAL: '0',
      SHUTDOWN_DRAIN_MS: '0',
      ...more,
    });

  beforeAll(async () => {
    await compileService();
    database = await createTestDatabase();
    sink = await TraceSink.start();
    service = start({
      ...sink.environment,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_SERVICE_NAME: 'definitions',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    url = await service.url();
    // The first request waits for the connection of generation queries, which would appear in its trace.
    await fetch(`${url}/api/v1/domains`);
  }, 60_000);
  afterAll(async () => {
    service.signal('SIGKILL');
    sink.stop();
    await database.drop();
  });

  const traced = () => new Set(service.lines.flatMap(({ trace_id }) => (trace_id === undefined ? [] : [trace_id])));

  /** Sends a request; returns the response with its log line and its trace. */
  async function send(
    path: string,
    init: RequestInit = {},
  ): Promise<{ response: Response; line: Line; spans: Span[] }> {
    const response = await fetch(url + path, init);
    const id = response.headers.get('x-request-id');
    for (;;) {
      const line = service.lines.find(({ request_id, msg }) => request_id === id && msg === 'request');
      if (line) return { response, line, spans: await sink.trace(String(line.trace_id)) };
      await sleep(20);
    }
  }

  const write = (key: string, name: string, headers: Record<string, string> = {}) =>
    send(`${METRICS}/${key}`, {
      method: 'PUT',
      body: JSON.stringify({ name }),
      headers: { 'content-type': 'application/json', 'if-none-match': '*', ...headers },
    });
  const server = (spans: Span[]) => spans.find(({ isServer }) => isServer) as Span;
  const under = (parent: Span, spans: Span[]) => spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
  const lookup = (layer: string, result: string) => ({
    name: 'cache lookup',
    attributes: { 'mdl.cache.layer': layer, 'mdl.cache.result': result },
  });

  it('contains route, cache lookup and statements of a cache miss as children of the request', async () => {
    const { response, spans } = await send(`${METRICS}?limit=3`);
    expect(response.headers.get('x-cache')).toBe('MISS');
    const own = server(spans);
    expect(own).toMatchObject({
      name: `GET ${METRICS}`,
      attributes: { 'http.route': METRICS, 'http.response.status_code': 200, 'url.path': METRICS },
    });
    expect(own.parentSpanId).toBeUndefined();
    const parts = under(own, spans);
    expect(parts).toHaveLength(spans.length - 1);
    expect(parts.filter(({ name }) => name === 'cache lookup')).toMatchObject([lookup('memory', 'miss')]);
    expect(parts.map(({ name }) => name)).toContain('pg-pool.connect');
    expect(parts.find(({ name }) => name === 'SELECT')?.attributes).toMatchObject({
      'db.system.name': 'postgresql',
      'db.query.text': expect.stringContaining('FROM metrics') as string,
    });
    for (const { ms } of parts) expect(ms).toBeLessThanOrEqual(own.ms + 1);
  });

  it('names the route of cache hits and 304 responses', async () => {
    await send(`${METRICS}?limit=4`);
    const { response, spans } = await send(`${METRICS}?limit=4`);
    expect(response.headers.get('x-cache')).toBe('HIT');
    expect(server(spans).name).toBe(`GET ${METRICS}`);
    expect(under(server(spans), spans)).toMatchObject([lookup('memory', 'hit')]);

    await write('revalidated', 'Revalidated');
    const etag = (await send(`${METRICS}?limit=5`)).response.headers.get('etag') ?? '';
    const again = await send(`${METRICS}?limit=5`, { headers: { 'if-none-match': etag } });
    expect(again.response.status).toBe(304);
    expect(server(again.spans)).toMatchObject({
      name: `GET ${METRICS}`,
      attributes: { 'http.response.status_code': 304 },
    });
  });

  it('contains the statements of a write without their values', async () => {
    const { response, spans } = await write('traced', 'PlantedSecretName');
    expect(response.status).toBe(201);
    expect(server(spans).name).toBe(`PUT ${METRICS}/:key`);
    const names = under(server(spans), spans).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['pg-pool.connect', 'START', 'COMMIT']));
    expect(sink.text).not.toContain('PlantedSecretName');
  });

  it('continues the trace of the client, and logs its id', async () => {
    const { line, spans } = await send(METRICS, { headers: { traceparent: `00-${TRACE}-${PARENT_SPAN}-01` } });
    expect(line.trace_id).toBe(TRACE);
    expect(server(spans)).toMatchObject({ traceId: TRACE, parentSpanId: PARENT_SPAN });
  });

  it.each([
    ['an unknown document', `${METRICS}/nowhere`, 404, `GET ${METRICS}/:key`],
    ['an unknown route', '/nowhere', 404, 'GET'],
    ['a URL that cannot be decoded', '/%zz', 400, 'GET'],
  ])('adds the trace id to the problem: %s', async (_, path, status, name) => {
    const { response, line, spans } = await send(path);
    const problem = (await response.json()) as Line;
    expect([response.status, problem.trace_id, line.trace_id]).toEqual([
      status,
      server(spans).traceId,
      server(spans).traceId,
    ]);
    expect(server(spans).name).toBe(name);
  });

  it('exports no query string and no credentials', async () => {
    const { response } = await send(`${METRICS}?q=PlantedSecretQuery`, {
      headers: { authorization: 'Bearer PlantedSecretToken', cookie: 'PlantedSecretCookie' },
    });
    expect(response.status).toBe(401);
    expect(sink.text).not.toContain('PlantedSecret');
    expect(sink.text).not.toContain(new URL(database.url).password || 'no password');
  });

  it('does not trace probes and scrapes', async () => {
    const before = traced().size;
    const paths = ['/health/live', '/health/ready', '/metrics'];
    for (const path of paths) expect((await fetch(url + path)).status).toBe(200);
    await send(METRICS);
    expect(traced().size).toBe(before + 1);
    expect(sink.spans.filter(({ attributes }) => paths.includes(String(attributes['url.path'])))).toEqual([]);
    // Database queries of a probe are not traced either.
    const ids = new Set(sink.spans.filter(({ isServer }) => isServer).map(({ traceId }) => traceId));
    expect(sink.spans.filter(({ traceId }) => !ids.has(traceId))).toEqual([]);
  });

  it('takes resource attributes from the standard variables', () => {
    expect(sink.resource).toMatchObject({
      'service.name': 'definitions',
      'service.version': expect.stringMatching(/^\d/) as string,
      'deployment.environment.name': 'test',
    });
  });

  it('takes the sampler from the standard variables, and logs trace ids of unsampled requests', async () => {
    const own = start({ ...sink.environment, OTEL_TRACES_SAMPLER: 'always_off' });
    const before = sink.spans.length;
    await fetch((await own.url()) + METRICS);
    own.signal('SIGTERM');
    expect(await own.exitCode()).toBe(0);
    expect(own.lines.find(({ msg }) => msg === 'request')?.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(sink.spans).toHaveLength(before);
  });

  it('exports remaining spans on shutdown', async () => {
    const own = start({ ...sink.environment, OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await fetch((await own.url()) + METRICS, { headers: { traceparent: `00-${'a'.repeat(32)}-${PARENT_SPAN}-01` } });
    expect(sink.spans.filter(({ traceId }) => traceId === 'a'.repeat(32))).toEqual([]);
    own.signal('SIGTERM');
    expect(await own.exitCode()).toBe(0);
    expect(server(await sink.trace('a'.repeat(32)))).toMatchObject({ name: `GET ${METRICS}` });
  });

  it('logs a warning if the collector is unavailable', async () => {
    const own = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    expect((await fetch((await own.url()) + METRICS)).status).toBe(200);
    const warning = () => own.lines.find(({ context }) => context === 'Tracing');
    while (!warning()) await sleep(20);
    expect(warning()).toMatchObject({ level: 'warn', msg: expect.stringContaining('ECONNREFUSED') as string });
    own.signal('SIGTERM');
    expect(await own.exitCode()).toBe(0);
  });

  it('shuts down within two seconds if the collector does not respond', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const own = start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    expect((await fetch((await own.url()) + METRICS)).status).toBe(200);
    const since = performance.now();
    own.signal('SIGTERM');
    expect(await own.exitCode()).toBe(0);
    expect(performance.now() - since).toBeLessThan(2000);
    silent.close();
  });

  it.each([
    ['nothing of OpenTelemetry by default', () => ({}), false],
    [
      'nothing of OpenTelemetry with OTEL_SDK_DISABLED',
      () => ({ ...sink.environment, OTEL_SDK_DISABLED: 'true' }),
      false,
    ],
    ['the SDK with an OTLP endpoint', () => sink.environment, true],
  ])('loads %s', async (_, environment, expected) => {
    const own = start({ ...environment(), NODE_OPTIONS: PRINT_MODULES });
    await fetch((await own.url()) + METRICS);
    own.signal('SIGTERM');
    await own.exitCode();
    const { packages } = own.lines.find(({ msg }) => msg === 'loaded') as { packages: string[] };
    expect(packages).toContain('pg');
    // prom-client always loads the API package, which does nothing without the SDK.
    const loaded = packages.filter((name) => name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api');
    expect(loaded.includes('@opentelemetry/sdk-node')).toBe(expected);
    if (!expected) expect(loaded).toEqual([]);
  });

  describeWithRedisUrl('with Redis', (redis) => {
    it('contains the lookup in Redis', async () => {
      const [first, second] = [
        start({ ...sink.environment, REDIS_URL: redis }),
        start({ ...sink.environment, REDIS_URL: redis }),
      ];
      const [one, two] = ['b', 'c'].map((digit) => digit.repeat(32)) as [string, string];
      const read = async (from: Service, trace: string) =>
        fetch(`${await from.url()}${METRICS}?limit=7`, { headers: { traceparent: `00-${trace}-${PARENT_SPAN}-01` } });
      const redisWorks = async (of: Service) => {
        await of.url();
        while (!of.stdout.includes('Redis available')) await sleep(20);
      };
      await Promise.all([redisWorks(first), redisWorks(second)]);
      await read(first, one);
      await sleep(100);
      await read(second, two);
      for (const own of [first, second]) own.signal('SIGTERM');
      await Promise.all([first.exitCode(), second.exitCode()]);
      const [missed, found] = [await sink.trace(one), await sink.trace(two)];
      expect(under(server(missed), missed)).toMatchObject(
        expect.arrayContaining([expect.objectContaining(lookup('redis', 'miss'))]) as object,
      );
      const lookups = under(server(found), found).filter(({ name }) => name === 'cache lookup');
      expect(lookups).toMatchObject([lookup('memory', 'miss'), lookup('redis', 'hit')]);
    });
  });
});

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
const CALLER = '00f067aa0ba902b7';
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
    // The first of all waits for the connection that generations are read from, and its trace shows that.
    await fetch(`${url}/api/v1/domains`);
  }, 60_000);
  afterAll(async () => {
    service.signal('SIGKILL');
    sink.stop();
    await database.drop();
  });

  const traced = () => new Set(service.lines.flatMap(({ trace_id }) => (trace_id === undefined ? [] : [trace_id])));

  /** The line of the request that was asked last, and its trace. */
  async function ask(path: string, init: RequestInit = {}): Promise<{ answer: Response; line: Line; spans: Span[] }> {
    const answer = await fetch(url + path, init);
    const id = answer.headers.get('x-request-id');
    for (;;) {
      const line = service.lines.find(({ request_id, msg }) => request_id === id && msg === 'request');
      if (line) return { answer, line, spans: await sink.trace(String(line.trace_id)) };
      await sleep(20);
    }
  }

  const write = (key: string, name: string, headers: Record<string, string> = {}) =>
    ask(`${METRICS}/${key}`, {
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

  it('shows a read that asks the database: route, cache and statements, all under the request', async () => {
    const { answer, spans } = await ask(`${METRICS}?limit=3`);
    expect(answer.headers.get('x-cache')).toBe('MISS');
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

  it('names the route of what is answered before Nest: kept answers and confirmed ones', async () => {
    await ask(`${METRICS}?limit=4`);
    const { answer, spans } = await ask(`${METRICS}?limit=4`);
    expect(answer.headers.get('x-cache')).toBe('HIT');
    expect(server(spans).name).toBe(`GET ${METRICS}`);
    expect(under(server(spans), spans)).toMatchObject([lookup('memory', 'hit')]);

    await write('confirmed', 'Confirmed');
    const etag = (await ask(`${METRICS}?limit=5`)).answer.headers.get('etag') ?? '';
    const again = await ask(`${METRICS}?limit=5`, { headers: { 'if-none-match': etag } });
    expect(again.answer.status).toBe(304);
    expect(server(again.spans)).toMatchObject({
      name: `GET ${METRICS}`,
      attributes: { 'http.response.status_code': 304 },
    });
  });

  it('shows the statements of a write, with no value that was written', async () => {
    const { answer, spans } = await write('traced', 'PlantedSecretName');
    expect(answer.status).toBe(201);
    expect(server(spans).name).toBe(`PUT ${METRICS}/:key`);
    const names = under(server(spans), spans).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['pg-pool.connect', 'START', 'COMMIT']));
    expect(sink.text).not.toContain('PlantedSecretName');
  });

  it('continues the trace of its caller, which is in the log line too', async () => {
    const { line, spans } = await ask(METRICS, { headers: { traceparent: `00-${TRACE}-${CALLER}-01` } });
    expect(line.trace_id).toBe(TRACE);
    expect(server(spans)).toMatchObject({ traceId: TRACE, parentSpanId: CALLER });
  });

  it.each([
    ['an unknown document', `${METRICS}/nowhere`, 404, `GET ${METRICS}/:key`],
    ['an unknown route', '/nowhere', 404, 'GET'],
    ['a URL that cannot be decoded', '/%zz', 400, 'GET'],
  ])('says in the problem which trace it is: %s', async (_, path, status, name) => {
    const { answer, line, spans } = await ask(path);
    const problem = (await answer.json()) as Line;
    expect([answer.status, problem.trace_id, line.trace_id]).toEqual([
      status,
      server(spans).traceId,
      server(spans).traceId,
    ]);
    expect(server(spans).name).toBe(name);
  });

  it('sends no query and no credentials', async () => {
    const { answer } = await ask(`${METRICS}?q=PlantedSecretQuery`, {
      headers: { authorization: 'Bearer PlantedSecretToken', cookie: 'PlantedSecretCookie' },
    });
    expect(answer.status).toBe(401);
    expect(sink.text).not.toContain('PlantedSecret');
    expect(sink.text).not.toContain(new URL(database.url).password || 'no password');
  });

  it('sends no trace of probes and instruments', async () => {
    const before = traced().size;
    const paths = ['/health/live', '/health/ready', '/metrics'];
    for (const path of paths) expect((await fetch(url + path)).status).toBe(200);
    await ask(METRICS);
    expect(traced().size).toBe(before + 1);
    expect(sink.spans.filter(({ attributes }) => paths.includes(String(attributes['url.path'])))).toEqual([]);
    // What a probe asks the database belongs to nobody's request.
    const ids = new Set(sink.spans.filter(({ isServer }) => isServer).map(({ traceId }) => traceId));
    expect(sink.spans.filter(({ traceId }) => !ids.has(traceId))).toEqual([]);
  });

  it('says who it is as the standard variables have it', () => {
    expect(sink.resource).toMatchObject({
      'service.name': 'definitions',
      'service.version': expect.stringMatching(/^\d/) as string,
      'deployment.environment.name': 'test',
    });
  });

  it('samples as the standard variables say, and keeps the id in the log', async () => {
    const own = start({ ...sink.environment, OTEL_TRACES_SAMPLER: 'always_off' });
    const before = sink.spans.length;
    await fetch((await own.url()) + METRICS);
    own.signal('SIGTERM');
    expect(await own.exitCode()).toBe(0);
    expect(own.lines.find(({ msg }) => msg === 'request')?.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(sink.spans).toHaveLength(before);
  });

  it('sends the last spans before it ends', async () => {
    const own = start({ ...sink.environment, OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await fetch((await own.url()) + METRICS, { headers: { traceparent: `00-${'a'.repeat(32)}-${CALLER}-01` } });
    expect(sink.spans.filter(({ traceId }) => traceId === 'a'.repeat(32))).toEqual([]);
    own.signal('SIGTERM');
    expect(await own.exitCode()).toBe(0);
    expect(server(await sink.trace('a'.repeat(32)))).toMatchObject({ name: `GET ${METRICS}` });
  });

  it('says that nobody takes its spans', async () => {
    const own = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    expect((await fetch((await own.url()) + METRICS)).status).toBe(200);
    const complaint = () => own.lines.find(({ context }) => context === 'Tracing');
    while (!complaint()) await sleep(20);
    expect(complaint()).toMatchObject({ level: 'warn', msg: expect.stringContaining('ECONNREFUSED') as string });
    own.signal('SIGTERM');
    expect(await own.exitCode()).toBe(0);
  });

  it('stops within two seconds when its spans are taken and never acknowledged', async () => {
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
    ['nothing of it where nobody asks for it', () => ({}), false],
    ['nothing of it where it is switched off', () => ({ ...sink.environment, OTEL_SDK_DISABLED: 'true' }), false],
    ['all of it where spans have a place to go', () => sink.environment, true],
  ])('loads %s', async (_, environment, expected) => {
    const own = start({ ...environment(), NODE_OPTIONS: PRINT_MODULES });
    await fetch((await own.url()) + METRICS);
    own.signal('SIGTERM');
    await own.exitCode();
    const { packages } = own.lines.find(({ msg }) => msg === 'loaded') as { packages: string[] };
    expect(packages).toContain('pg');
    // prom-client brings the interfaces in any case, a few files that do nothing.
    const loaded = packages.filter((name) => name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api');
    expect(loaded.includes('@opentelemetry/sdk-node')).toBe(expected);
    if (!expected) expect(loaded).toEqual([]);
  });

  describeWithRedisUrl('with Redis', (redis) => {
    it('shows what Redis had', async () => {
      const [first, second] = [
        start({ ...sink.environment, REDIS_URL: redis }),
        start({ ...sink.environment, REDIS_URL: redis }),
      ];
      const [one, two] = ['b', 'c'].map((digit) => digit.repeat(32)) as [string, string];
      const read = async (from: Service, trace: string) =>
        fetch(`${await from.url()}${METRICS}?limit=7`, { headers: { traceparent: `00-${trace}-${CALLER}-01` } });
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

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { exchange } from '../contract/raw-http';
import { times } from '../support/concurrently';
import { GENEROUS_TIMEOUTS } from '../support/app';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { compileService, type Line, Service } from '../support/service';

const METRICS = '/api/v1/metrics';
const CREDENTIALS = 'Bearer mdl_test_0123456789ab_secretsecretsecretsecretsecretsecretsecret';
const request = (line: string, headers: string[] = [], body = '') =>
  [line, 'Host: localhost', 'Connection: close', ...headers, '', body].join('\r\n');
const post = (headers: string[], body = '') =>
  request(`POST ${METRICS} HTTP/1.1`, ['Content-Type: application/json', ...headers], body);

/** The members that a line may have. */
const ALLOWED = [
  'level',
  'time',
  'request_id',
  'method',
  'route',
  'status',
  'duration_ms',
  'cache',
  'problem',
  'principal',
  'client',
  'msg',
];

describe('the request log', () => {
  let database: TestDatabase;
  let service: Service;
  let blocker: Client;
  let port: number;

  beforeAll(async () => {
    await compileService();
    database = await createTestDatabase();
    blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    service = new Service({
      DATABASE_URL: database.url,
      NODE_ENV: 'test',
      LOG_LEVEL: 'debug',
      REQUEST_TIMEOUT_MS: '400',
      THROTTLE_ANONYMOUS: '1000',
      THROTTLE_WRITES: '1000',
      AUTH_ANONYMOUS_ROLE: 'admin',
      CACHE_WARM_INTERVAL: '0',
    });
    port = Number(new URL(await service.url()).port);
  }, 60_000);
  afterAll(async () => {
    service.signal('SIGKILL');
    await blocker.end();
    await database.drop();
  });

  const requestLines = () => service.lines.filter(({ msg }) => msg === 'request');

  /** The lines that some work leads to, once no more come. */
  async function linesOf(work: () => Promise<unknown>, expected = 1): Promise<Line[]> {
    const before = requestLines().length;
    await work();
    for (const deadline = Date.now() + 5000; requestLines().length < before + expected && Date.now() < deadline;)
      await sleep(20);
    // A second line of the same request would come at once, and waits for a batch at the most.
    await sleep(250);
    return requestLines().slice(before);
  }

  it.each<[string, string, Line]>([
    ['a response', request(`GET ${METRICS} HTTP/1.1`), { status: 200, route: METRICS, cache: 'MISS', level: 'info' }],
    ['one for HEAD', request(`HEAD ${METRICS} HTTP/1.1`), { status: 200, route: METRICS, method: 'HEAD' }],
    ['a probe', request('GET /health/live HTTP/1.1'), { status: 200, route: '/health/live', level: 'debug' }],
    ['no such route', request('GET /secret HTTP/1.1'), { status: 404, route: 'unmatched', problem: 'not_found' }],
    ['no such method', request(`PUT ${METRICS} HTTP/1.1`), { status: 405, problem: 'method_not_allowed' }],
    ['OPTIONS', request(`OPTIONS ${METRICS} HTTP/1.1`), { status: 204, method: 'OPTIONS' }],
    [
      'bad credentials',
      request(`GET ${METRICS} HTTP/1.1`, [`Authorization: ${CREDENTIALS}`]),
      { status: 401, route: METRICS, problem: 'unauthenticated' },
    ],
    ['a URL that cannot be decoded', request('GET /%zz HTTP/1.1'), { status: 400, problem: 'invalid_encoding' }],
    [
      'a key that is too long',
      request(`GET ${METRICS}/${'secret'.repeat(1000)} HTTP/1.1`),
      { status: 414, route: `${METRICS}/:key`, problem: 'uri_too_long' },
    ],
    ['no HTTP', 'secret\r\n\r\n', { status: 400, route: 'unmatched', method: '-', problem: 'bad_request' }],
    [
      'headers that are too large',
      request('GET / HTTP/1.1', [`X: ${'a'.repeat(20_000)}`]),
      { status: 431, problem: 'headers_too_large', client: '127.0.0.1' },
    ],
    ['an expectation', post(['Expect: secret', 'Content-Length: 2'], '{}'), { status: 417 }],
    ['no JSON', post(['Content-Length: 7'], '{secret'), { status: 400, problem: 'malformed_json' }],
    ['a body too large', post(['Content-Length: 9999999']), { status: 413, problem: 'payload_too_large' }],
  ])('has exactly one line for %s, with the listed members only', async (_, bytes, expected) => {
    const lines = await linesOf(() => exchange(port, bytes));
    expect(lines).toMatchObject([expected]);
    expect(ALLOWED).toEqual(expect.arrayContaining(Object.keys(lines[0] ?? {})));
    expect(service.stdout).not.toContain('secret');
  });

  it('has one line for an incomplete body, with the request id of its 408', async () => {
    const ids: unknown[] = [];
    const lines = await linesOf(async () => {
      ids.push((await exchange(port, post(['Content-Length: 20'], '{"name":'))).headers['x-request-id']);
    });
    expect(lines).toMatchObject([
      { request_id: ids[0], status: 408, route: METRICS, problem: 'request_timeout', principal: 'anonymous' },
    ]);
  });

  it('has one line for a rate-limited request', async () => {
    const own = new Service({ DATABASE_URL: database.url, THROTTLE_ANONYMOUS: '1', CACHE_WARM_INTERVAL: '0' });
    const url = await own.url();
    await fetch(url + METRICS);
    await fetch(url + METRICS);
    own.signal('SIGTERM');
    await own.exitCode();
    expect(own.lines.filter(({ msg }) => msg === 'request')).toMatchObject([
      { status: 401 },
      { status: 429, route: METRICS, problem: 'rate_limited' },
    ]);
  });

  describe('when the client disconnects', () => {
    beforeAll(async () => {
      await blocker.query('BEGIN; LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    });
    afterAll(() => blocker.query('ROLLBACK'));

    const leave = (bytes: string, how: 'destroy' | 'resetAndDestroy' | 'end') => async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write(bytes);
      await sleep(100);
      socket[how]();
      await sleep(50);
      socket.destroy();
    };
    const read = `GET ${METRICS}/one HTTP/1.1\r\nHost: x\r\n\r\n`;
    const write = post(['Content-Length: 15'], '{"name":"Name"}');

    it.each<[string, () => Promise<void>, number]>([
      ['waiting for a read', leave(read, 'destroy'), 1],
      ['waiting for a write', leave(write, 'destroy'), 1],
      ['by a reset', leave(write, 'resetAndDestroy'), 1],
      ['in the middle of its body', leave(post(['Content-Length: 20'], '{'), 'destroy'), 1],
      ['in the middle of its body, by a reset', leave(post(['Content-Length: 20'], '{'), 'resetAndDestroy'), 1],
      ['but waits on', leave(read, 'end'), 1],
      ['with several requests on one connection', leave(read + read + read, 'destroy'), 3],
    ])('%s: has one line of level debug for each request', async (_, work, expected) => {
      const lines = await linesOf(work, expected);
      expect(lines.map(({ level, status }) => `${level as string} ${status as number}`)).toEqual(
        new Array<string>(expected).fill('debug 499'),
      );
    });
  });

  it('is no error of the service when clients abort uploads, however many', async () => {
    // A service of its own: requests that wait for a lock in the tests before would be logged here. However busy the
    // machine, no upload takes so long that it is a slow one or gets a 408.
    const own = new Service({
      ...GENEROUS_TIMEOUTS,
      DATABASE_URL: database.url,
      LOG_LEVEL: 'debug',
      SLOW_REQUEST_MS: '0',
      THROTTLE_WRITES: '1000',
      AUTH_ANONYMOUS_ROLE: 'admin',
      CACHE_WARM_INTERVAL: '0',
    });
    const ownPort = Number(new URL(await own.url()).port);
    const before = own.lines.length;
    const abort = async () => {
      const socket = connect(ownPort, '127.0.0.1').on('error', () => undefined);
      socket.write(post(['Content-Length: 20', 'Expect: 100-continue'], '{'));
      // The service has read the headers.
      await once(socket, 'data');
      socket.resetAndDestroy();
    };
    await Promise.all(times(100, abort));
    while (own.lines.length < before + 100) await sleep(20);
    own.signal('SIGTERM');
    await own.exitCode();
    const lines = own.lines.slice(before).filter(({ context }) => context !== 'Shutdown');
    expect(lines.map(({ level, msg, status }) => [level, msg, status])).toEqual(
      times(100, () => ['debug', 'request', 499]),
    );
  });

  it('has no stack trace of an unavailable database', async () => {
    await blocker.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not write' USING ERRCODE = '58030'; END $$`);
    await blocker.query('CREATE TRIGGER refuse BEFORE INSERT ON metrics EXECUTE FUNCTION refuse()');
    const create = () => exchange(port, post(['Content-Length: 12'], '{"name":"x"}'));
    for (const { status } of await Promise.all(times(20, create))) expect(status).toBe(503);
    await blocker.query('DROP TRIGGER refuse ON metrics');
    const problems = service.lines.filter(
      ({ context, code }) => context === 'Problem' && code === 'database_unavailable',
    );
    expect(problems).toHaveLength(20);
    for (const { err } of problems)
      expect(err).toEqual({ type: 'QueryFailedError', message: 'could not write', code: '58030' });
  });

  // The last one: it ends the process.
  it('logs start and shutdown in order', async () => {
    service.signal('SIGTERM');
    expect(await service.exitCode()).toBe(0);
    const lifecycle = service.lines.filter(({ context }) => context === 'Main' || context === 'Shutdown');
    expect(lifecycle.map(({ msg }) => msg)).toEqual([
      'Starting',
      'Database ready',
      expect.stringMatching(/^Listening on http/),
      expect.stringMatching(/^SIGTERM received; draining/),
      'Drained',
      'Stopped',
    ]);
    expect(lifecycle[0]).toMatchObject({ version: expect.stringMatching(/^\d/) as string, environment: 'test' });
    expect(lifecycle[1]?.migration).toMatch(/\d{13}$/);
  });
});

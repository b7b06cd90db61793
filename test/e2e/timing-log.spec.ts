import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database';

const metrics = '/api/v1/metrics';
const SLOW_MS = 500;

type Line = Record<string, unknown>;

describe('the log of slow requests', () => {
  let database: TestDatabase;
  let service: ChildProcess;
  let blocker: Client;
  let url = '';
  let log = '';

  const lines = () =>
    log
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);

  /** What the log says about a request, once it has its line. */
  async function linesOf(id: string | null): Promise<Line[]> {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
      const found = lines().filter(({ request_id }) => request_id === id);
      if (found.some(({ msg }) => msg === 'request')) {
        // The one that says why it was slow comes right after.
        await sleep(50);
        return lines().filter(({ request_id }) => request_id === id);
      }
    }
    throw new Error(`The log never had a line of the request ${id}.`);
  }
  const slowLineOf = async (response: Response | string) =>
    (await linesOf(typeof response === 'string' ? response : response.headers.get('x-request-id'))).find(
      ({ msg }) => msg === 'Slow request',
    );

  const lock = () => blocker.query('BEGIN; LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
  const unlock = () => blocker.query('ROLLBACK');

  /** Requests the locked document, and returns when the request waits for the lock. */
  async function requestWaiting(): Promise<{ response: Promise<Response> }> {
    const response = fetch(`${url}${metrics}/one`);
    const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'metrics'::regclass`;
    while ((await blocker.query(waiting)).rowCount === 0) await sleep(5);
    return { response };
  }

  beforeAll(async () => {
    await promisify(execFile)('npm', ['run', '--silent', 'compile']);
    database = await createTestDatabase();
    blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    service = spawn(process.execPath, ['.build/main.js'], {
      env: {
        HOST: '127.0.0.1',
        PORT: '0',
        DATABASE_URL: database.url,
        DATABASE_POOL_SIZE: '1',
        LOG_LEVEL: 'debug',
        DATABASE_POOL_TIMEOUT_MS: '20000',
        DATABASE_STATEMENT_TIMEOUT_MS: '20000',
        SLOW_REQUEST_MS: String(SLOW_MS),
        ENABLE_CACHE: 'false',
        AUTH_ANONYMOUS_ROLE: 'admin',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    service.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
    for (;;) {
      url = /Listening on (http:\/\/[^"\s]+)/.exec(log)?.[1] ?? '';
      if (url !== '') break;
      if (service.exitCode !== null) throw new Error('The service ended.');
      await sleep(20);
    }
    // The first request of a process is slow by itself.
    await fetch(`${url}${metrics}/first`);
  }, 60_000);
  afterAll(async () => {
    service.kill('SIGKILL');
    await blocker.end();
    await database.drop();
  });

  it('has one line for a request, with route template and request id', async () => {
    const response = await fetch(`${url}${metrics}/secret-name?fields=name`);
    const found = await linesOf(response.headers.get('x-request-id'));
    expect(found.find(({ msg }) => msg === 'request')).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      method: 'GET',
      route: `${metrics}/:key`,
      status: 404,
      duration_ms: expect.any(Number) as number,
      client: '127.0.0.1',
    });
    expect(JSON.stringify(found)).not.toContain('secret-name');
  });

  it('distinguishes a slow statement from a wait for a connection', async () => {
    await lock();
    const { response } = await requestWaiting();
    const other = fetch(`${url}/api/v1/domains/one`);
    await sleep(2 * SLOW_MS);
    await unlock();
    const slow = await slowLineOf(await response);
    expect(slow).toMatchObject({
      level: 'warn',
      method: 'GET',
      route: `${metrics}/:key`,
      status: 404,
      cause: 'statements',
      statements: 1,
    });
    expect(slow?.database_ms).toBeGreaterThan(SLOW_MS);
    expect(slow?.total_ms).toBeGreaterThanOrEqual(slow?.database_ms as number);
    const queued = await slowLineOf(await other);
    expect(queued).toMatchObject({ route: '/api/v1/domains/:key', cause: 'connection pool' });
    expect(queued?.pool_wait_ms).toBeGreaterThan(SLOW_MS);
  });

  it('detects a slow client', async () => {
    const create = async (waitMs: number) => {
      const sent = request(`${url}/api/v1/domains`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      sent.write(`{"domain_id":"slow-${waitMs}",`);
      await sleep(waitMs);
      sent.end('"name":"Slow"}');
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      expect(response.resume().statusCode).toBe(201);
      return slowLineOf(response.headers['x-request-id'] as string);
    };
    // On a busy machine the event loop can stall for most of a short request.
    let slow = await create(2 * SLOW_MS);
    for (let factor = 4; slow?.cause === 'event loop' && factor <= 16; factor *= 2)
      slow = await create(factor * SLOW_MS);
    expect(slow).toMatchObject({ route: '/api/v1/domains', cause: 'request body' });
    expect(slow?.before_handler_ms).toBeGreaterThan(SLOW_MS);
  });

  it('detects slow authentication', async () => {
    await blocker.query('BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE');
    const headers = { authorization: `Bearer mdl_dev_0123456789ab_${'x'.repeat(43)}` };
    const response = fetch(`${url}/api/v1/domains/one`, { headers });
    await sleep(2 * SLOW_MS);
    await unlock();
    expect((await response).status).toBe(401);
    const slow = await slowLineOf(await response);
    expect(slow).toMatchObject({ cause: 'authentication', status: 401 });
    expect(slow?.authentication_ms).toBeGreaterThan(SLOW_MS);
  });

  it('detects a stalled event loop', async () => {
    await lock();
    const { response } = await requestWaiting();
    service.kill('SIGSTOP');
    await sleep(3 * SLOW_MS);
    await unlock();
    service.kill('SIGCONT');
    const slow = await slowLineOf(await response);
    expect(slow).toMatchObject({ cause: 'event loop' });
    expect(slow?.event_loop_stall_ms).toBeGreaterThan(2 * SLOW_MS);
  });

  it('does not report long exports or requests within the limit', async () => {
    await blocker.query(`INSERT INTO metrics (key, data) SELECT 'row-' || n, jsonb_build_object('name', 'n', 'extra',
      jsonb_build_object('x', repeat('x', 1000))) FROM generate_series(1, 12000) AS n`);
    const sent = get(`${url}${metrics}/export`, { agent: false });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.pause();
    await sleep(2 * SLOW_MS);
    await once(response.resume(), 'end');
    const id = response.headers['x-request-id'] as string;
    expect(await slowLineOf(id)).toBeUndefined();
    const line = (await linesOf(id)).find(({ msg }) => msg === 'request');
    expect(line?.duration_ms).toBeGreaterThan(SLOW_MS);
    expect(await slowLineOf(await fetch(`${url}/health/ready`))).toBeUndefined();
  });

  it('writes every line before the process ends', async () => {
    const response = await fetch(`${url}${metrics}/row-1`);
    service.kill('SIGTERM');
    await once(service, 'close');
    expect(lines().some(({ request_id }) => request_id === response.headers.get('x-request-id'))).toBe(true);
    expect(lines().at(-1)).toMatchObject({ msg: 'Stopped' });
  });
});

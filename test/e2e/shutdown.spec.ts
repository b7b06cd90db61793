import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { HttpClient } from '../consistency/http-client.ts';
import { GENEROUS_TIMEOUTS } from '../support/app';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { compileService, Service } from '../support/service';
import { waitingForLocks } from '../support/locks';

const DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/nothing';

/** Waits until the port is closed. */
async function closed(url: string): Promise<void> {
  const refused = () =>
    fetch(`${url}/health/live`)
      .then(() => false)
      .catch(() => true);
  while (!(await refused())) await sleep(50);
}

/** Waits until a statement waits for a lock of the client. */
async function waitsForLock(client: Client): Promise<void> {
  while ((await waitingForLocks(client)) === 0) await sleep(20);
}

const childOf = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());

describe('the process', () => {
  let database: TestDatabase;
  let service: Service | undefined;
  const start = (environment: Record<string, string>) =>
    (service = new Service({ AUTH_ANONYMOUS_ROLE: 'admin', ...GENEROUS_TIMEOUTS, ...environment }));

  beforeAll(async () => {
    await compileService();
    database = await createTestDatabase();
  }, 60_000);
  afterAll(() => database.drop());
  afterEach(() => service?.signal('SIGKILL'));

  it('logs the cause of a 500 with the request id of the response', async () => {
    const own = await createTestDatabase();
    const client = new Client({ connectionString: own.url });
    await client.connect();
    await client.query('ALTER TABLE metrics RENAME TO elsewhere');
    await client.end();
    const running = start({ DATABASE_URL: own.url });
    const response = await fetch(`${await running.url()}/api/v1/metrics`);
    expect(response.status).toBe(500);
    const { request_id, detail } = (await response.json()) as { request_id: string; detail: string };
    expect(detail).not.toContain('relation');
    running.signal('SIGTERM');
    await running.exitCode();
    const lines = running.stdout.split('\n').filter((line) => line.includes(request_id));
    expect(lines.join('\n')).toContain('relation \\"metrics\\" does not exist');
    expect(running.stdout).toContain('SIGTERM received; draining');
    await own.drop();
  });

  describe('started with the script start:prod', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mdl-start-'));
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const script = scripts['start:prod']?.replace('dist/', `${resolve('.build')}/`) ?? '';
    beforeAll(() => {
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { 'start:prod': script } }));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const asInit: [string, ...string[]] = [
      'unshare',
      '--map-root-user',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      script,
    ];
    const canBeInit = spawnSync('unshare', [...asInit.slice(1, 5), 'true']).status === 0;
    if (!canBeInit) console.log('SKIPPED: the service as process 1, which needs unshare');

    it.each([
      ['npm', ['npm', 'run', 'start:prod']],
      ['sh', ['sh', '-c', script]],
      ...(canBeInit ? [['a container, as process 1', asInit]] : []),
    ] as [string, [string, ...string[]]][])('by %s, stops on SIGTERM and leaves the port', async (_, command) => {
      const { PATH = '', HOME = '' } = process.env;
      const settings = { DATABASE_URL: database.url, LOG_PRETTY: 'false', SHUTDOWN_DRAIN_MS: '100' };
      const running = (service = new Service({ ...settings, PATH, HOME }, command, folder));
      const url = await running.url();
      // `unshare` ignores the signal, as a container engine sends it to the process inside.
      process.kill(command === asInit ? childOf(running.pid) : running.pid, 'SIGTERM');
      await closed(url);
      await running.exitCode();
      expect(running.stdout).toContain('SIGTERM received; draining');
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('completes requests in flight on %s, then exits with 0', async (signal) => {
    const running = start({ DATABASE_URL: database.url, SHUTDOWN_DRAIN_MS: '3000' });
    const url = await running.url();
    const metric = `${url}/api/v1/metrics/${signal}`;
    const write = (method: string, name: string, more: Record<string, string> = {}) =>
      fetch(metric, {
        method,
        body: JSON.stringify({ name }),
        headers: { 'content-type': 'application/json', ...more },
      });
    expect((await write('PUT', 'Before', { 'if-none-match': '*' })).status).toBe(201);

    const other = new Client({ connectionString: database.url });
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM metrics WHERE key = $1 FOR UPDATE', [signal]);
    const inFlight = write('PATCH', 'After');
    await waitsForLock(other);

    const keptAlive = new HttpClient(Number(new URL(url).port));
    await keptAlive.send('GET', '/health/live');
    running.signal(signal);
    await running.logged(/draining/);
    const [ready, live] = await Promise.all([fetch(`${url}/health/ready`), fetch(`${url}/health/live`)]);
    expect([ready.status, live.status, live.headers.get('connection')]).toEqual([503, 200, 'keep-alive']);
    await closed(url);
    // Each keep-alive connection serves one more request.
    expect((await keptAlive.send('GET', '/health/live')).headers).toMatchObject({ connection: 'close' });
    await expect(keptAlive.send('GET', '/health/live')).rejects.toThrow('ECONNREFUSED');

    await other.query('COMMIT');
    await other.end();
    const response = await inFlight;
    expect([response.status, await response.json()]).toMatchObject([200, { name: 'After', version: 2 }]);
    expect(await running.exitCode()).toBe(0);
    expect(running.stderr).toBe('');
  });

  it('cuts stalled exports and idle connections, but no request in progress', async () => {
    const running = start({ DATABASE_URL: database.url, SHUTDOWN_DRAIN_MS: '500' });
    const url = new URL(await running.url());
    await fetch(`${url.href}api/v1/metrics/waiting`, {
      method: 'PUT',
      body: JSON.stringify({ name: 'Waiting' }),
      headers: { 'content-type': 'application/json', 'if-none-match': '*' },
    });
    const sql = new Client({ connectionString: database.url });
    await sql.connect();
    // Far more than all buffers on the way hold.
    await sql.query(`INSERT INTO domains (key, data)
      SELECT 'big-' || i, jsonb_build_object('domain_id', 'big-' || i, 'name', 'Big', 'description', repeat('x', 20000))
      FROM generate_series(1, 2000) i`);
    await sql.query('BEGIN');
    await sql.query(`SELECT 1 FROM metrics WHERE key = 'waiting' FOR UPDATE`);
    const waiting = fetch(`${url.href}api/v1/metrics/waiting`, {
      method: 'PATCH',
      body: JSON.stringify({ name: 'Waited' }),
      headers: { 'content-type': 'application/json' },
    });
    const open = (request: string) => {
      const socket = connect(Number(url.port), url.hostname).on('error', () => undefined);
      return (socket.write(request), socket);
    };
    const begun = (path: string) => open(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    const stalled = begun('/api/v1/domains/export');
    const sockets = [stalled, open(''), open('GET /health/live HTTP/1.1\r\n'), begun('/health/live')];
    // It has begun, and nobody reads it.
    await Promise.all([once(stalled, 'readable'), waitsForLock(sql)]);

    running.signal('SIGTERM');
    await running.logged(/Cut 1 responses/);
    expect(running.stdout).not.toContain('"Stopped"');
    await sql.query('COMMIT');
    await sql.end();
    expect(await (await waiting).json()).toMatchObject({ name: 'Waited' });
    // A connection that was not cut would last until SHUTDOWN_TIMEOUT_MS, and then the process exits with 1.
    expect(await running.exitCode()).toBe(0);
    const order = running.lines.filter(({ context }) => context === 'Shutdown').map(({ msg }) => msg);
    expect(order).toEqual([
      'SIGTERM received; draining for 500 ms',
      'Drained',
      'Cut 1 responses that were still being sent',
      'Stopped',
    ]);
    for (const socket of sockets) socket.destroy();
  });

  it('exits with 1 when a shutdown times out', async () => {
    const running = start({ DATABASE_URL: database.url, SHUTDOWN_TIMEOUT_MS: '500' });
    const url = await running.url();
    const create = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const sql = new Client({ connectionString: database.url });
    await sql.connect();
    await sql.query('BEGIN');
    await sql.query('LOCK TABLE domains');
    const body = JSON.stringify({ domain_id: 'hangs', name: 'It waits for the table' });
    const hanging = fetch(`${url}/api/v1/domains`, { ...create, body }).catch(() => 'cut');
    await waitsForLock(sql);
    running.signal('SIGTERM');
    expect(await running.exitCode()).toBe(1);
    expect(await hanging).toBe('cut');
    await sql.end();
  });

  it('exits at once on a second signal', async () => {
    const running = start({ DATABASE_URL: database.url, SHUTDOWN_DRAIN_MS: '20000' });
    await running.url();
    running.signal('SIGTERM');
    await running.logged(/draining/);
    running.signal('SIGTERM');
    expect(await running.exitCode()).toBe(1);
  });

  it.each<[string, Record<string, string>, RegExp[]]>([
    ['no configuration', {}, [/DATABASE_URL/]],
    [
      'bad configuration',
      { PORT: '99999', LOG_LEVEL: 'loud', DATABASE_POOL_SIZE: 'many' },
      [/DATABASE_POOL_SIZE/, /DATABASE_URL/, /LOG_LEVEL/, /PORT/],
    ],
    ['a database that cannot be reached', { DATABASE_URL, LOG_LEVEL: 'error' }, [/ECONNREFUSED|connect/]],
  ])('does not start with %s: logs one line for each cause and exits with 1', async (_, environment, lines) => {
    const failing = start(environment);
    expect(await failing.exitCode()).toBe(1);
    const said = failing.stderr
      .split('\n')
      .filter((line) => line !== '')
      .sort();
    expect(said).toEqual(lines.map((line) => expect.stringMatching(line) as string));
    for (const line of said) expect(line).toMatch(/^The service cannot start: /);
    expect(failing.stdout).toBe('');
  });
});

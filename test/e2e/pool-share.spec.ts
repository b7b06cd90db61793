import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { CacheCounts } from '../../src/cache/cache-counts';
import { Database } from '../../src/database/database';
import { LARGE_BYTES } from '../../src/throttling/pool-share';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { problemOf } from '../support/responses';

const METRICS = '/api/v1/metrics';
const DOMAINS = '/api/v1/domains';

type Headers = Record<string, string>;

describe('the share of the connection pool', () => {
  let t: TestApp;
  let blocker: Client;
  let attacker: Headers;
  let victim: Headers;

  const start = async (settings: Record<string, string> = {}) => {
    t = await TestApp.start({ DATABASE_POOL_SIZE: '10', ...settings });
    const key = async (name: string) => {
      const { key } = await t.app.get(ApiKeys).create({ name, role: 'editor' }, 'test');
      return { authorization: `Bearer ${key}` };
    };
    [attacker, victim] = [await key('attacker'), await key('victim')];
    await t.post(METRICS, { metric_id: 'hot', name: 'Hot' });
    await t.post(METRICS, { metric_id: 'cold', name: 'Cold' });
    blocker = new Client({ connectionString: t.database.url });
    await blocker.connect();
    await blocker.query('BEGIN');
  };
  afterEach(async () => {
    await blocker.end();
    await t.stop();
  });

  /** The sessions of the service that wait for a lock, once there are as many as given. */
  const waiting = async (sessions: number) => {
    for (;;) {
      const [row] = await t.sql<{ count: number }>(
        `SELECT count(*)::int FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND application_name = 'mdl' AND datname = current_database()`,
      );
      if ((row?.count ?? 0) >= sessions) return row?.count;
      await sleep(20);
    }
  };
  const expectServed = async () => {
    expect((await t.get('/health/ready')).status).toBe(200);
    for (const response of await Promise.all([
      t.get(DOMAINS, victim),
      t.get(`${DOMAINS}?q=revenue`, victim),
      t.post(DOMAINS, { name: 'Domain' }, victim),
    ]))
      expect([200, 201]).toContain(response.status);
  };

  it('leaves connections for others where one client writes to a locked row', async () => {
    await start();
    await blocker.query(`SELECT FROM metrics WHERE key = 'hot' FOR UPDATE`);
    const writes = times(30, () => t.patch(`${METRICS}/hot`, { name: 'Changed' }, attacker));
    expect(await waiting(3)).toBe(3);
    await expectServed();
    expect((await t.patch(`${METRICS}/cold`, { name: 'Changed' }, victim)).status).toBe(200);
    expect((await t.get(`${METRICS}/hot`, victim)).body.name).toBe('Hot');
    expect(await waiting(3)).toBe(3);
    await blocker.query('ROLLBACK');
    for (const { status } of await Promise.all(writes)) expect(status).toBe(200);
  });

  it('leaves connections for others where one client sends costly reads', async () => {
    await start();
    await blocker.query('LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const reads = times(30, (n) => t.get(`${METRICS}?${n % 2 === 0 ? 'q=' : 'tags='}word${n}`, attacker));
    expect(await waiting(2)).toBe(2);
    // The reads of the victim get connections at once.
    reads.push(t.get(`${METRICS}?q=word`, victim), t.get(METRICS, victim));
    expect(await waiting(4)).toBe(4);
    expect(t.app.get(Database).connections.waiting).toBe(0);
    await blocker.query('ROLLBACK');
    for (const { status } of await Promise.all(reads)) expect(status).toBe(200);
  });

  it('leaves a connection for others whatever one client does at the same time', async () => {
    await start({ ENABLE_CACHE: 'false' });
    await blocker.query('LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const requests = [
      ...times(5, () => t.get(`${METRICS}/export`, attacker)),
      ...times(30, (n) => t.get(`${METRICS}?q=word${n}`, attacker)),
      ...times(30, () => t.patch(`${METRICS}/hot`, { name: 'Changed' }, attacker)),
      ...times(30, (n) => t.get(`${METRICS}?limit=${n + 1}`, attacker)),
    ];
    // Six requests and one export.
    expect(await waiting(7)).toBe(7);
    expect((await t.get('/health/ready')).status).toBe(200);
    // What others read and write without the locked table.
    expect((await t.get(`${DOMAINS}/revenue/revisions`, victim)).status).toBe(404);
    expect((await t.post('/api/v1/api-keys', { name: 'other', role: 'viewer' })).status).toBe(201);
    expect(await waiting(7)).toBe(7);
    expect(t.app.get(Database).connections.waiting).toBe(0);
    await blocker.query('ROLLBACK');
    for (const { status } of await Promise.all(requests)) expect(status).toBe(200);
  });

  it('leaves a connection for other requests whatever several clients write, search and export', async () => {
    await start({ ENABLE_CACHE: 'false' });
    await blocker.query('LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const requests = [attacker, victim].flatMap((client) => [
      ...times(10, (n) => t.get(`${METRICS}?q=word${n}`, client)),
      ...times(10, () => t.patch(`${METRICS}/hot`, { name: 'Changed' }, client)),
      t.get(`${METRICS}/export`, client),
    ]);
    expect(await waiting(9)).toBe(9);
    expect((await t.get('/api/v1/api-keys')).status).toBe(200);
    expect(await waiting(9)).toBe(9);
    await blocker.query('ROLLBACK');
    for (const { status } of await Promise.all(requests)) expect(status).toBe(200);
  });

  it('is not needed to verify and hash a password', async () => {
    await start();
    const [name, password] = ['ada@example.com', 'three llamas cross at noon'];
    await t.post('/api/v1/users', { name, role: 'editor', password });
    const { body } = await t.post('/api/v1/auth/login', { name, password });
    const user = { authorization: `Bearer ${(body as { access_token: string }).access_token}` };
    const change = (current_password: string) =>
      t.post(
        '/api/v1/auth/change-password',
        { current_password, new_password: 'nine geese asked for directions' },
        user,
      );
    await blocker.query(`SELECT FROM metrics WHERE key = 'hot' FOR UPDATE`);
    const writes = times(5, () => t.patch(`${METRICS}/hot`, { name: 'Changed' }, user));
    await waiting(3);
    // The user's share is used up: a wrong password is found out all the same, and a right one is changed afterwards.
    expect((await change('wrong')).status).toBe(422);
    const changed = change(password);
    await blocker.query('ROLLBACK');
    for (const { status } of await Promise.all(writes)) expect(status).toBe(200);
    expect((await changed).status).toBe(204);
  });

  it('refuses what waits too long with 503 and Retry-After', async () => {
    await start({ DATABASE_POOL_TIMEOUT_MS: '300' });
    await blocker.query('LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const reads = times(4, (n) => t.get(`${METRICS}?q=word${n}`, attacker));
    const refused = await Promise.race(reads);
    expect(problemOf(refused)).toMatchObject({ status: 503, code: 'overloaded' });
    expect(refused.headers['retry-after']).toBe('1');
    await blocker.query('ROLLBACK');
    const statuses = (await Promise.all(reads)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 503, 503]);
  });

  it('is not needed for readiness, even where no connection is free', async () => {
    await start({ DATABASE_POOL_SIZE: '2', DATABASE_POOL_TIMEOUT_MS: '500', ENABLE_CACHE: 'false' });
    await blocker.query('LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    const reads = [attacker, victim].map((headers) => t.get(METRICS, headers));
    await waiting(2);
    expect(problemOf(await t.get(DOMAINS))).toMatchObject({ status: 503, code: 'overloaded' });
    expect((await t.get('/health/ready')).status).toBe(200);
    expect((await t.get('/api/health')).status).toBe(200);
    await blocker.query('ROLLBACK');
    for (const { status } of await Promise.all(reads)) expect(status).toBe(200);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a row', `SELECT FROM metrics WHERE key = 'hot' FOR UPDATE`, () => t.patch(`${METRICS}/hot`, { name: 'Changed' })],
    ['a table', 'LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE', () => t.get(`${METRICS}/hot`)],
    [
      'a row, for bulk',
      `SELECT FROM metrics WHERE key = 'hot' FOR UPDATE`,
      () => t.post(`${METRICS}/bulk?mode=upsert&atomic=false`, { items: [{ metric_id: 'hot', name: 'Changed' }] }),
    ],
  ])('is not held longer than DATABASE_LOCK_TIMEOUT_MS by a wait for %s', async (_, lock, request) => {
    await start({ DATABASE_LOCK_TIMEOUT_MS: '200', ENABLE_CACHE: 'false' });
    await blocker.query(lock);
    const response = (await request()) as Awaited<ReturnType<TestApp['get']>>;
    expect(problemOf(response)).toMatchObject({ status: 503, code: 'write_contention' });
    expect(response.headers['retry-after']).toBe('1');
    await blocker.query('ROLLBACK');
    expect((await t.patch(`${METRICS}/hot`, { name: 'Later' })).body).toMatchObject({ version: 2 });
  });

  describe('with large responses', () => {
    let url: string;
    const startListening = async (settings: Record<string, string> = {}) => {
      await start(settings);
      // 20 MB: more than the buffers of both sockets hold.
      await t.sql(
        `INSERT INTO metrics (key, data)
         SELECT 'large-' || n, jsonb_build_object('name', 'n', 'description', repeat('x', 200000))
         FROM generate_series(1, 100) AS n`,
      );
      await t.app.listen(0, '127.0.0.1');
      url = `${await t.app.getUrl()}${METRICS}`;
    };
    /** Sends a request and reads nothing but the head of its response. */
    const open = async (query: string) => {
      const request = get(url + query, { agent: false, headers: attacker });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return response.pause();
    };
    const readAll = (response: IncomingMessage) => once(response.resume(), 'end');

    it('bounds those that a client has asked for and does not read', async () => {
      await startListening({ DATABASE_POOL_TIMEOUT_MS: '0' });
      let done = 0;
      const responses = times(5, async (n) => {
        const response = await open(`?limit=${90 + n}`);
        expect(response.statusCode).toBe(200);
        done++;
        return response;
      });
      await Promise.any(responses);
      // Another client, and small responses.
      expect((await t.get(`${METRICS}?limit=100`, victim)).status).toBe(200);
      await expectServed();
      expect(done).toBe(2);
      await Promise.all(responses.map(async (response) => readAll(await response)));
      expect(done).toBe(5);
    });

    it('serves a client that reads one after the other', async () => {
      await startListening({ DATABASE_POOL_TIMEOUT_MS: '1000' });
      for (const limit of [96, 97, 98, 99, 100]) {
        const response = await open(`?limit=${limit}`);
        expect(response.statusCode).toBe(200);
        await readAll(response);
      }
    });

    it.each([
      ['HIT', 'true'],
      ['BYPASS', 'false'],
    ])('bounds those with X-Cache: %s, and refuses without their headers', async (state, ENABLE_CACHE) => {
      await startListening({ DATABASE_POOL_TIMEOUT_MS: '500', CACHE_MAX_BYTES: '100000000', ENABLE_CACHE });
      expect((await t.get(`${METRICS}?limit=100`, victim)).status).toBe(200);
      const unread = await Promise.all(times(2, () => open('?limit=100')));
      expect(unread.map(({ headers }) => headers['x-cache'])).toEqual([state, state]);
      const refused = await t.get(`${METRICS}?limit=100`, { ...attacker, 'accept-encoding': 'identity' });
      expect(problemOf(refused)).toMatchObject({ status: 503, code: 'overloaded' });
      expect(refused.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
      expect(refused.headers).not.toHaveProperty('etag');
      expect((await t.get(`${METRICS}?limit=100`, victim)).headers['x-cache']).toBe(state);
      await Promise.all(unread.map(readAll));
      expect((await t.get(`${METRICS}?limit=100`, attacker)).status).toBe(200);
    });

    it('lets no other client wait for the turn of the client that asked first', async () => {
      await startListening({ DATABASE_POOL_TIMEOUT_MS: '0' });
      const unread = await Promise.all([open('?limit=98'), open('?limit=99')]);
      const { memory } = t.app.get(CacheCounts);
      const { misses } = memory;
      let isDone = false;
      const third = open('?limit=100').finally(() => (isDone = true));
      while (memory.misses === misses) await sleep(1);
      expect((await t.get(`${METRICS}?limit=100`, victim)).status).toBe(200);
      expect(isDone).toBe(false);
      await Promise.all(unread.map(readAll));
      await readAll(await third);
    });

    it('never refuses the response to a write, which has happened', async () => {
      await startListening({ DATABASE_POOL_TIMEOUT_MS: '500' });
      const unread = await Promise.all([open('?limit=98'), open('?limit=99')]);
      const related = times(6, (n) => `${'k'.repeat(120)}_${n}`);
      const items = times(700, () => ({ name: 'Imported', related }));
      const { status, body } = await t.post(`${METRICS}/bulk?refs=lenient`, { items }, attacker);
      expect([status, body]).toMatchObject([200, { summary: { created: 700 } }]);
      expect(JSON.stringify(body).length).toBeGreaterThan(LARGE_BYTES);
      await Promise.all(unread.map(readAll));
    });
  });

  it('is bounded for a search: at most ten words', async () => {
    await start();
    const search = (words: number, glue: string) => encodeURIComponent(times(words, (n) => `w${n}`).join(glue));
    for (const glue of [' ', ' or ', '-', '/', '.', '_', '\u00a0', '"', ' OR -'])
      expect([glue, (await t.get(`${METRICS}?q=${search(10, glue)}`)).status]).toEqual([glue, 200]);
    for (const glue of [' ', ' or ', '-', '/', '.', '_', '\u00a0', '"', ' OR -'])
      expect([glue, problemOf(await t.get(`${METRICS}?q=${search(11, glue)}`))]).toEqual([
        glue,
        { status: 400, code: 'invalid_parameter', errors: ['q invalid_value'] },
      ]);
  });
});

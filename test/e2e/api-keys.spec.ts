import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { Generations } from '../../src/generations/generations';
import { expectProblem } from '../contract/problems';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { createTestDatabase } from '../support/database';
import { TcpProxy } from '../support/tcp-proxy';

const KEYS = '/api/v1/api-keys';
const LIST = '/api/v1/metrics';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('API keys', () => {
  let t: TestApp;
  let other: TestApp;
  let admin: Record<string, string>;

  beforeAll(async () => {
    t = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' });
    other = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' }, t.database);
    admin = bearer((await t.app.get(ApiKeys).create({ name: 'the first', role: 'admin' }, 'test')).key);
  });
  afterAll(async () => {
    await other.app.close();
    await t.stop();
  });

  const create = async (more: object = {}) => {
    const { status, body } = await t.post(KEYS, { name: 'export', role: 'viewer', ...more }, admin);
    expect(status).toBe(201);
    return body as { id: string; key: string };
  };

  it('expire after a year by default', async () => {
    const { id } = await create();
    const [row] = await t.sql<{ days: number }>(
      `SELECT round(extract(epoch FROM expires_at - created_at) / 86400)::int AS days FROM api_keys WHERE id = $1`,
      [id],
    );
    expect(row?.days).toBe(365);
  });

  it('are shown once and stored as a digest', async () => {
    const { id, key } = await create({ expires_at: null });
    expect(key).toMatch(/^mdl_test_[0-9a-f]{12}_[\w-]{43}$/);
    expect(key).toContain(id);
    const { body, text, headers } = await t.get(KEYS, admin);
    expect([headers['cache-control'], headers.etag]).toEqual(['no-store', undefined]);
    expect(body.data.find((shown: { id: string }) => shown.id === id)).toEqual({
      id,
      name: 'export',
      role: 'viewer',
      created_by: expect.stringMatching(/^key:/),
      created_at: expect.any(String),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    });
    const secret = key.slice(-43);
    expect(text).not.toContain(secret);
    const [row] = await t.sql(`SELECT api_keys::text AS row FROM api_keys WHERE id = $1`, [id]);
    expect(String(row?.row)).not.toContain(secret);
  });

  it('are unique', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => create()));
    expect(new Set(made.map(({ key }) => key.slice(-43))).size).toBe(50);
  });

  it('are rejected by every instance from the next request after revocation on, for cached responses too', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, key } = await create();
      for (const app of [t, other]) {
        await app.get(LIST, bearer(key));
        expect((await app.get(LIST, bearer(key))).headers['x-cache']).toBe('HIT');
      }
      expect((await t.delete(`${KEYS}/${id}`, admin)).status).toBe(204);
      for (const app of [other, t]) expect((await app.get(LIST, bearer(key))).status).toBe(401);
    }
  });

  it('are rejected after they are revoked, changed or deleted with psql', async () => {
    for (const sql of [
      `UPDATE api_keys SET revoked_at = now() WHERE id = $1`,
      `UPDATE api_keys SET digest = sha256('other') WHERE id = $1`,
      `UPDATE api_keys SET expires_at = now() WHERE id = $1`,
      `DELETE FROM api_keys WHERE id = $1`,
    ]) {
      const { id, key } = await create();
      expect((await other.get(LIST, bearer(key))).status).toBe(200);
      await t.sql(sql, [id]);
      expect([sql, (await other.get(LIST, bearer(key))).status]).toEqual([sql, 401]);
    }
    const { id, key } = await create({ role: 'editor' });
    expect((await other.post(LIST, { metric_id: 'one', name: 'One' }, bearer(key))).status).toBe(201);
    await t.sql(`UPDATE api_keys SET role = 'viewer' WHERE id = $1`, [id]);
    expect((await other.post(LIST, { metric_id: 'two', name: 'Two' }, bearer(key))).status).toBe(403);
  });

  it('expire by the clock, without a change in the database', async () => {
    const { key } = await create({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await t.get(LIST, bearer(key))).status).toBe(200);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_001);
    const expired = await t.get(LIST, bearer(key)).finally(() => clock.mockRestore());
    expect(expired.status).toBe(401);
  });

  it('are valid only with every part unchanged', async () => {
    const { id, key } = await create();
    const one = await create();
    const secret = key.slice(-43);
    const altered = secret.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
    for (const wrong of [
      key.replace(secret, altered),
      key.replace(id, one.id),
      key.replace('mdl_test', 'mdl_live'),
      key.replace('mdl_', 'MDL_'),
      key.slice(0, -1),
      `${key}=`,
      secret,
      id,
    ])
      expect([wrong === key, (await t.get(LIST, bearer(wrong))).status]).toEqual([false, 401]);
    expect((await t.get(LIST, bearer(key))).status).toBe(200);
  });

  it('record their use once a minute, without advancing the generation', async () => {
    const { id, key } = await create();
    const generation = async () => (await t.app.get(Generations).current()).tag(['auth']);
    const before = await generation();
    await t.get(LIST, bearer(key));
    const used = async () => {
      const [row] = await t.sql<{ last_used_at: Date | null }>('SELECT last_used_at FROM api_keys WHERE id = $1', [id]);
      return row?.last_used_at?.getTime();
    };
    while ((await used()) === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    const first = await used();
    await t.get(LIST, bearer(key));
    await other.get(LIST, bearer(key));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await used()).toBe(first);
    expect(await generation()).toBe(before);
  });

  it('are validated, and revoked once', async () => {
    const expectRejected = async (body: unknown, code: string) =>
      expect([body, expectProblem(await t.post(KEYS, body, admin)).code]).toEqual([body, code]);
    await expectRejected({ name: 'n' }, 'invalid_document');
    await expectRejected({ name: 'n', role: 'owner' }, 'invalid_document');
    await expectRejected({ name: ' ', role: 'viewer' }, 'invalid_document');
    await expectRejected({ name: 'n', role: 'viewer', digest: 'x' }, 'unknown_field');
    await expectRejected({ name: 'n', role: 'viewer', expires_at: 'tomorrow' }, 'invalid_document');
    await expectRejected({ name: 'n', role: 'viewer', expires_at: '2001-01-01T00:00:00Z' }, 'invalid_document');
    expect(expectProblem(await t.delete(`${KEYS}/0123456789ab`, admin)).code).toBe('not_found');
    expect(expectProblem(await t.delete(`${KEYS}/nonsense`, admin)).code).toBe('not_found');
    const { id } = await create();
    await t.delete(`${KEYS}/${id}`, admin);
    expect(expectProblem(await t.delete(`${KEYS}/${id}`, admin)).code).toBe('not_found');
  });

  it('reject an Idempotency-Key, because the stored response would contain the secret', async () => {
    const response = await t.post(KEYS, { name: 'n', role: 'viewer' }, { ...admin, 'idempotency-key': 'once' });
    expect(expectProblem(response).code).toBe('invalid_header');
    expect(await t.sql('SELECT 1 FROM idempotency_keys')).toEqual([]);
  });

  it('have a rate limit per key, not per address', async () => {
    const limited = await TestApp.start(
      { AUTH_ANONYMOUS_ROLE: 'viewer', THROTTLE_ENABLED: 'true', THROTTLE_ANONYMOUS: '2', THROTTLE_AUTHENTICATED: '4' },
      t.database,
    );
    try {
      const [one, two] = [await create(), await create()];
      const statuses = async (headers: Record<string, string>, times: number) => {
        const found: number[] = [];
        for (let n = 0; n < times; n++) found.push((await limited.get(`${LIST}?limit=${n + 1}`, headers)).status);
        return found;
      };
      expect(await statuses(bearer(one.key), 5)).toEqual([200, 200, 200, 200, 429]);
      expect(await statuses(bearer(two.key), 1)).toEqual([200]);
      expect(await statuses({}, 3)).toEqual([200, 200, 429]);
      // Invalid keys count per address, and their 401 counts like any other response.
      expect(await statuses(bearer('guess'), 1)).toEqual([429]);
    } finally {
      await limited.app.close();
    }
  });

  it('read cached responses only, while the generation is unavailable and revocation cannot be checked', async () => {
    const database = await createTestDatabase();
    const app = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' }, database);
    const server = new Client({ connectionString: database.url.replace(/\/[^/]+$/, '/postgres') });
    await server.connect();
    const name = database.url.split('/').at(-1)?.split('?')[0] ?? '';
    try {
      const { key, id } = await app.app.get(ApiKeys).create({ name: 'lost', role: 'admin' }, 'test');
      await app.get(LIST, bearer(key));
      await app.sql('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [id]);
      await server.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
      await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1 AND application_name = 'mdl generations'`,
        [name],
      );
      // The pool still works: a write would be committed.
      expect(await app.sql('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      const cached = await app.get(LIST, bearer(key));
      expect([cached.status, cached.headers['x-cache']]).toEqual([200, 'STALE']);
      for (const [method, url, body] of [
        ['GET', `${LIST}?limit=7`, undefined],
        ['GET', KEYS, undefined],
        ['GET', `${LIST}/export`, undefined],
        ['POST', LIST, { metric_id: 'm', name: 'M' }],
        ['POST', KEYS, { name: 'n', role: 'admin' }],
      ] as const) {
        const response = await app.send(method, url, { body, headers: bearer(key) });
        expect([method, url, expectProblem(response).code]).toEqual([method, url, 'database_unavailable']);
      }
      expect((await app.get('/health/live', bearer(key))).status).toBe(200);
      expect((await app.get('/nowhere', bearer(key))).status).toBe(404);
      expect((await app.get(LIST, bearer('nonsense'))).status).toBe(401);
      expect(await app.sql(`SELECT 1 FROM api_keys WHERE name = 'n'`)).toEqual([]);
    } finally {
      await server.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
      await server.end();
      await app.stop();
    }
  });

  it('are looked up two at a time for an address above its rate limit', async () => {
    const limited = await TestApp.start(
      { AUTH_ANONYMOUS_ROLE: 'none', THROTTLE_ENABLED: 'true', THROTTLE_ANONYMOUS: '5' },
      t.database,
    );
    try {
      const keys = limited.app.get(ApiKeys);
      const identify = keys.identify.bind(keys);
      let [running, most] = [0, 0];
      jest.spyOn(keys, 'identify').mockImplementation(async (token) => {
        most = Math.max(most, ++running);
        return identify(token).finally(() => running--);
      });
      const guess = () => limited.get(LIST, bearer(`mdl_test_${randomBytes(6).toString('hex')}_${'x'.repeat(43)}`));
      for (let n = 0; n < 5; n++) expect((await guess()).status).toBe(401);
      expect((await Promise.all(times(20, guess))).map(({ status }) => status)).toEqual(times(20, () => 429));
      expect(most).toBe(2);
      const { key } = await create();
      expect((await limited.get(LIST, bearer(key))).status).toBe(200);
    } finally {
      await limited.app.close();
    }
  });

  it('are looked up once for concurrent requests with the same key, unknown keys too', async () => {
    const identify = jest.spyOn(t.app.get(ApiKeys), 'identify');
    const blocker = new Client({ connectionString: t.database.url });
    await blocker.connect();
    try {
      const { key } = await create();
      const unknown = key.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
      identify.mockClear();
      // The lookup waits for the lock, so all requests arrive in the meantime.
      await blocker.query('BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE');
      const responses = times(40, (at) => t.get(LIST, bearer(at % 2 === 0 ? key : unknown)));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await blocker.query('ROLLBACK');
      const statuses = (await Promise.all(responses)).map(({ status }) => status);
      expect(statuses).toEqual(times(40, (at) => (at % 2 === 0 ? 200 : 401)));
      expect(identify).toHaveBeenCalledTimes(2);
      // Unknown keys are not cached.
      expect((await t.get(LIST, bearer(unknown))).status).toBe(401);
      expect(identify).toHaveBeenCalledTimes(3);
    } finally {
      identify.mockRestore();
      await blocker.end();
    }
  });

  it('that were known can read cached responses while the database is unavailable', async () => {
    const proxy = await TcpProxy.before(t.database.url);
    const { key } = await create({ role: 'editor' });
    const app = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' }, { url: proxy.url, drop: () => Promise.resolve() });
    try {
      await app.get(LIST, bearer(key));
      await app.get(LIST, bearer(key));
      proxy.cut();
      const stale = await app.get(LIST, bearer(key));
      expect([stale.status, stale.headers['x-cache']]).toEqual([200, 'STALE']);
      expect((await app.get(LIST)).status).toBe(401);
      expect((await app.get(LIST, bearer(`mdl_test_0123456789ab_${'x'.repeat(43)}`))).status).toBe(503);
      expect((await app.post(LIST, { metric_id: 'm', name: 'M' }, bearer(key))).status).toBe(503);
    } finally {
      proxy.heal();
      await app.app.close();
      await proxy.close();
    }
  });
});

import { createSecretKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { Client } from 'pg';
import { FailedSignIns } from '../../src/auth/accounts/failed-sign-ins';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import { expectProblem } from '../contract/problems';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { RedisServer, describeWithRedis } from '../support/redis';

const AUTH = '/api/v1/auth';
const USERS = '/api/v1/users';
const LIST = '/api/v1/metrics';
const SECRET = 'a secret of this test, of forty characters';
const PASSWORD = 'three llamas cross at noon';
const OTHER = 'nine geese asked for directions';
const SETTINGS = { AUTH_ANONYMOUS_ROLE: 'none', AUTH_SECRET: SECRET };

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

interface Tokens {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
  session_expires_at: string;
}

/** Two instances on one database, and an administrator. */
class Accounts {
  private count = 0;

  private constructor(
    readonly t: TestApp,
    readonly other: TestApp,
    readonly admin: Record<string, string>,
  ) {}

  static async start(): Promise<Accounts> {
    const t = await TestApp.start(SETTINGS);
    const other = await TestApp.start(SETTINGS, t.database);
    const { key } = await t.app.get(ApiKeys).create({ name: 'the first', role: 'admin' }, 'test');
    return new Accounts(t, other, bearer(key));
  }

  async stop(): Promise<void> {
    await this.other.app.close();
    await this.t.stop();
  }

  /** Creates a new user. */
  async user(role = 'viewer'): Promise<string> {
    const name = `user-${++this.count}@example.com`;
    expect((await this.t.post(USERS, { name, role, password: PASSWORD }, this.admin)).status).toBe(201);
    return name;
  }

  login(name: string, password = PASSWORD, app = this.t): Promise<TestResponse> {
    return app.post(`${AUTH}/login`, { name, password });
  }

  async signIn(name: string, password = PASSWORD): Promise<Tokens> {
    const { status, body } = await this.login(name, password);
    expect(status).toBe(200);
    return body as Tokens;
  }

  refresh(token: string, app = this.t): Promise<TestResponse> {
    return app.post(`${AUTH}/refresh`, { refresh_token: token });
  }

  async statusOf(token: string, app = this.t): Promise<number> {
    return (await app.get(`${AUTH}/me`, bearer(token))).status;
  }

  async auditOf(name: string): Promise<string[]> {
    const { body } = await this.t.get(`/api/v1/audit?subject=${encodeURIComponent(`user:${name}`)}`, this.admin);
    return (body.data as { action: string }[]).map(({ action }) => action).reverse();
  }
}

let a: Accounts;
beforeAll(async () => {
  a = await Accounts.start();
});
afterAll(() => a.stop());

describe('a sign-in', () => {
  it('returns an access token for 15 minutes that every instance accepts', async () => {
    const name = await a.user('editor');
    const response = await a.login(name);
    expect(response.headers['cache-control']).toBe('no-store');
    const tokens = response.body as Tokens;
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 900 });
    const { exp = 0, iat = 0 } = decodeJwt(tokens.access_token);
    expect(exp - iat).toBe(900);
    for (const app of [a.t, a.other]) {
      const me = await app.get(`${AUTH}/me`, bearer(tokens.access_token));
      expect([me.status, me.body, me.headers['cache-control']]).toEqual([
        200,
        { actor: `user:${name}`, role: 'editor' },
        'no-store',
      ]);
    }
    const written = await a.t.post(LIST, { metric_id: 'by-a-user', name: 'M' }, bearer(tokens.access_token));
    expect(written.status).toBe(201);
    const revisions = await a.t.get(`${LIST}/by-a-user/revisions`, bearer(tokens.access_token));
    expect(revisions.body.data[0].actor).toBe(`user:${name}`);
  });

  it('accepts the name in upper and lower case', async () => {
    const name = await a.user();
    expect((await a.login(` ${name.toUpperCase()} `)).status).toBe(200);
    expect(await a.auditOf(name)).toEqual(['user_created', 'signed_in']);
  });

  it('responds alike to a wrong password, an unknown user and a disabled user', async () => {
    const [known, disabled] = [await a.user(), await a.user()];
    await a.t.patch(`${USERS}/${disabled}`, { disabled: true }, a.admin);
    const responses = [await a.login(known, OTHER), await a.login('nobody@example.com'), await a.login(disabled)];
    const problems = responses.map((response) => {
      const { request_id, ...problem } = expectProblem(response);
      expect(request_id).toBeDefined();
      return problem;
    });
    expect(problems[0]).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(1);
    expect(new Set(responses.map(({ headers }) => headers['www-authenticate']))).toEqual(
      new Set(['Bearer realm="mdl"']),
    );
  });

  it('takes the same time for an unknown user', async () => {
    const known = await Promise.all(times(9, () => a.user()));
    const timed = async (name: string) => {
      const start = performance.now();
      await a.login(name, OTHER);
      return performance.now() - start;
    };
    const readings: { known: number; unknown: number }[] = [];
    for (const [index, name] of known.entries())
      readings.push({ known: await timed(name), unknown: await timed(`nobody-${index}`) });
    // The shortest times: other load on the machine makes single sign-ins slower, never faster.
    const ratio = Math.min(...readings.map(({ known: ms }) => ms)) / Math.min(...readings.map(({ unknown: ms }) => ms));
    // Without the hash the ratio would be about 20.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('does not advance the generation, so identities stay cached', async () => {
    const name = await a.user();
    const generation = () => a.t.sql('SELECT auth FROM cache_generations');
    const before = await generation();
    await a.signIn(name);
    expect(await generation()).toEqual(before);
  });

  it('fails when the password changes during verification', async () => {
    const name = await a.user();
    // The open transaction locks the row that the sign-in updates.
    const change = new Client({ connectionString: a.t.database.url });
    await change.connect();
    await change.query('BEGIN');
    await change.query(`UPDATE users SET password_hash = '$argon2id$none' WHERE name = $1`, [name]);
    const signingIn = a.login(name);
    for (;;) {
      const [row] = await a.t.sql(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND query LIKE '%last_signed_in_at%'`,
      );
      if (row) break;
    }
    await change.query('COMMIT');
    await change.end();
    expect((await signingIn).status).toBe(401);
    expect(await a.t.sql('SELECT 1 FROM sessions WHERE user_name = $1', [name])).toEqual([]);
  });

  it('needs a user that an administrator created: there is no registration', async () => {
    for (const path of [`${AUTH}/register`, `${AUTH}/signup`, USERS]) {
      const { status } = await a.t.post(path, { name: 'me', role: 'viewer', password: PASSWORD });
      expect([401, 404]).toContain(status);
    }
  });
});

describe('a refresh token', () => {
  it('is exchanged for a new pair once', async () => {
    const name = await a.user();
    const first = await a.signIn(name);
    const second = (await a.refresh(first.refresh_token, a.other)).body as Tokens;
    expect(await a.statusOf(second.access_token)).toBe(200);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.session_expires_at).toBe(first.session_expires_at);
    expect((await a.refresh(second.refresh_token)).status).toBe(200);
  });

  it('ends its session when it is used twice, and no other session', async () => {
    const name = await a.user();
    const [first, elsewhere] = [await a.signIn(name), await a.signIn(name)];
    const second = (await a.refresh(first.refresh_token)).body as Tokens;
    expect(await a.statusOf(second.access_token, a.other)).toBe(200);
    expect(expectProblem(await a.refresh(first.refresh_token)).code).toBe('unauthenticated');
    for (const app of [a.other, a.t])
      for (const { access_token } of [first, second]) expect(await a.statusOf(access_token, app)).toBe(401);
    expect((await a.refresh(second.refresh_token)).status).toBe(401);
    expect(await a.statusOf(elsewhere.access_token)).toBe(200);
    expect((await a.auditOf(name)).slice(-1)).toEqual(['refresh_reused']);
  });

  it('is accepted once when it is used concurrently', async () => {
    const { refresh_token } = await a.signIn(await a.user());
    const responses = await Promise.all(times(8, (index) => a.refresh(refresh_token, index % 2 === 0 ? a.t : a.other)));
    const good = responses.filter(({ status }) => status === 200);
    expect(responses.filter(({ status }) => status === 401)).toHaveLength(responses.length - good.length);
    expect(good).toHaveLength(1);
    // The second use ended the session.
    expect(await a.statusOf((good[0]?.body as Tokens).access_token)).toBe(401);
  });

  it('is stored as a digest', async () => {
    const { refresh_token } = await a.signIn(await a.user());
    expect(refresh_token).toMatch(/^mdl_refresh_[\w-]{43}_[\w-]{43}$/);
    const [row] = await a.t.sql(`SELECT string_agg(sessions::text, ' ') AS text FROM sessions`);
    for (const part of [refresh_token.slice(12, 55), refresh_token.slice(-43)])
      expect(String(row?.text)).not.toContain(part);
    expect(await a.statusOf(refresh_token)).toBe(401);
  });

  it('expires with its session, which the next sign-in deletes', async () => {
    const name = await a.user();
    const { refresh_token, access_token } = await a.signIn(name);
    await a.t.sql(`UPDATE sessions SET expires_at = now() WHERE user_name = $1`, [name]);
    expect([await a.statusOf(access_token), (await a.refresh(refresh_token)).status]).toEqual([401, 401]);
    await a.signIn(name);
    const left = await a.t.sql(`SELECT 1 FROM sessions WHERE user_name = $1`, [name]);
    expect(left).toHaveLength(1);
  });

  it('of a user disabled with SQL is rejected, and not recorded as reused', async () => {
    const name = await a.user();
    const { refresh_token } = await a.signIn(name);
    await a.t.sql(`UPDATE users SET disabled_at = now() WHERE name = $1`, [name]);
    expect((await a.refresh(refresh_token)).status).toBe(401);
    expect(await a.auditOf(name)).toEqual(['user_created', 'signed_in']);
  });

  it('leaves one row per session after many refreshes', async () => {
    const name = await a.user();
    let { refresh_token } = await a.signIn(name);
    for (let time = 0; time < 20; time++) ({ refresh_token } = (await a.refresh(refresh_token)).body as Tokens);
    expect(await a.t.sql(`SELECT 1 FROM sessions WHERE user_name = $1`, [name])).toHaveLength(1);
  });
});

describe('a session ends on every instance from the next request on', () => {
  const endings: [string, (name: string, tokens: Tokens) => Promise<TestResponse>][] = [
    ['after a sign-out', (_, { refresh_token }) => a.t.post(`${AUTH}/logout`, { refresh_token })],
    ['after its user is disabled', (name) => a.t.patch(`${USERS}/${name}`, { disabled: true }, a.admin)],
    ['after an administrator sets a password', (name) => a.t.patch(`${USERS}/${name}`, { password: OTHER }, a.admin)],
  ];
  it.each(endings)('%s', async (_, end) => {
    const name = await a.user();
    const tokens = await a.signIn(name);
    for (const app of [a.t, a.other]) {
      await app.get(LIST, bearer(tokens.access_token));
      expect((await app.get(LIST, bearer(tokens.access_token))).headers['x-cache']).toBe('HIT');
    }
    expect((await end(name, tokens)).status).toBeLessThan(300);
    for (const app of [a.other, a.t]) expect((await app.get(LIST, bearer(tokens.access_token))).status).toBe(401);
    expect((await a.refresh(tokens.refresh_token)).status).toBe(401);
  });

  it('a sign-out with an unknown token succeeds', async () => {
    expect((await a.t.post(`${AUTH}/logout`, { refresh_token: 'mdl_refresh_unknown' })).status).toBe(204);
  });
});

describe('users', () => {
  it('have a new role from the next request on, on every instance', async () => {
    const name = await a.user('editor');
    const { access_token } = await a.signIn(name);
    const write = (key: string) => a.other.post(LIST, { metric_id: key, name: 'M' }, bearer(access_token));
    expect((await write('before')).status).toBe(201);
    expect((await a.t.patch(`${USERS}/${name}`, { role: 'viewer' }, a.admin)).body.role).toBe('viewer');
    expect(expectProblem(await write('after')).code).toBe('forbidden');
  });

  it('are shown without password hashes; changes are recorded before and after', async () => {
    const name = await a.user('editor');
    await a.t.patch(`${USERS}/${name}`, { role: 'viewer', password: OTHER }, a.admin);
    const shown = await a.t.get(`${USERS}/${name}`, a.admin);
    expect(shown.body).toEqual({
      name,
      role: 'viewer',
      created_by: expect.stringMatching(/^key:/),
      created_at: expect.any(String),
      password_changed_at: expect.any(String),
      last_signed_in_at: null,
      disabled_at: null,
    });
    expect(shown.headers['cache-control']).toBe('no-store');
    const { body } = await a.t.get(USERS, a.admin);
    expect(body.data).toContainEqual(shown.body);
    const { body: audit } = await a.t.get(`/api/v1/audit?subject=user%3A${encodeURIComponent(name)}&limit=1`, a.admin);
    expect(audit.data[0]).toMatchObject({
      action: 'user_changed',
      details: {
        before: { role: 'editor', disabled: false },
        after: { role: 'viewer', disabled: false },
        password: 'changed',
      },
    });
    expect((await a.login(name)).status).toBe(401);
    expect((await a.login(name, OTHER)).status).toBe(200);
  });

  it('are not written by a change without effect', async () => {
    const name = await a.user();
    await a.t.patch(`${USERS}/${name}`, { disabled: true }, a.admin);
    const row = () => a.t.sql('SELECT xmin, disabled_at FROM users WHERE name = $1', [name]);
    const [before, events] = [await row(), await a.auditOf(name)];
    const unchanged = await a.t.patch(`${USERS}/${name}`, { role: 'viewer', disabled: true }, a.admin);
    expect(unchanged.body).toEqual((await a.t.get(`${USERS}/${name}`, a.admin)).body);
    expect([await row(), await a.auditOf(name)]).toEqual([before, events]);
  });

  it('can be enabled again', async () => {
    const name = await a.user();
    await a.t.patch(`${USERS}/${name}`, { disabled: true }, a.admin);
    expect((await a.login(name)).status).toBe(401);
    await a.t.patch(`${USERS}/${name}`, { disabled: false }, a.admin);
    expect((await a.login(name)).status).toBe(200);
  });

  it('are rejected with a taken or invalid name or a weak password, and nothing changes', async () => {
    const name = await a.user();
    const users = () => a.t.sql('SELECT * FROM users ORDER BY name');
    const before = await users();
    const cases: [object, string][] = [
      [{ name, role: 'admin', password: OTHER }, 'conflict'],
      [{ name: 'Ada', role: 'viewer', password: PASSWORD }, 'invalid_document'],
      [{ name: 'ada', role: 'owner', password: PASSWORD }, 'invalid_document'],
      [{ name: 'ada', role: 'viewer', password: 'too short' }, 'invalid_document'],
      [{ name: 'ada', role: 'viewer', password: 'passwordpassword' }, 'invalid_document'],
      [{ name: 'ada', role: 'viewer' }, 'invalid_document'],
      [{ name: 'ada', role: 'viewer', password: PASSWORD, disabled: true }, 'unknown_field'],
    ];
    for (const [body, code] of cases)
      expect([body, expectProblem(await a.t.post(USERS, body, a.admin)).code]).toEqual([body, code]);
    expect(expectProblem(await a.t.patch(`${USERS}/nobody`, { role: 'admin' }, a.admin)).code).toBe('not_found');
    expect(await users()).toEqual(before);
  });
});

describe('a user whose permission was withdrawn', () => {
  it('cannot write, with CACHE_MAX_STALENESS_MS too', async () => {
    const stale = await TestApp.start({ ...SETTINGS, CACHE_MAX_STALENESS_MS: '3600000' }, a.t.database);
    try {
      const name = await a.user('editor');
      const { access_token } = await a.signIn(name);
      const write = (key: string) => stale.post(LIST, { metric_id: key, name: 'M' }, bearer(access_token));
      expect((await write('stale-1')).status).toBe(201);
      await a.t.patch(`${USERS}/${name}`, { role: 'viewer' }, a.admin);
      expect((await write('stale-2')).status).toBe(403);
      await a.t.patch(`${USERS}/${name}`, { disabled: true }, a.admin);
      expect((await write('stale-3')).status).toBe(401);
    } finally {
      await stale.app.close();
    }
  });
});

describe('a password', () => {
  const change = (token: string, current_password: string, new_password: string) =>
    a.t.post(`${AUTH}/change-password`, { current_password, new_password }, bearer(token));

  it('can be changed by its user, which ends all other sessions', async () => {
    const name = await a.user();
    const [own, elsewhere] = [await a.signIn(name), await a.signIn(name)];
    expect((await change(own.access_token, PASSWORD, OTHER)).status).toBe(204);
    expect(await a.statusOf(own.access_token, a.other)).toBe(200);
    expect((await a.refresh(own.refresh_token)).status).toBe(200);
    expect(await a.statusOf(elsewhere.access_token, a.other)).toBe(401);
    expect((await a.login(name)).status).toBe(401);
    expect((await a.login(name, OTHER)).status).toBe(200);
    expect(await a.auditOf(name)).toContain('password_changed');
  });

  it('stays unchanged when the current password is wrong or the new one is weak', async () => {
    const name = await a.user();
    const { access_token } = await a.signIn(name);
    const wrong = expectProblem(await change(access_token, OTHER, 'a heron in the kitchen sink'));
    expect([wrong.code, wrong.errors[0]?.pointer]).toEqual(['invalid_document', '/current_password']);
    expect((await a.auditOf(name)).slice(-1)).toEqual(['sign_in_failed']);
    const weak = expectProblem(await change(access_token, PASSWORD, `${name}1`));
    expect([weak.code, weak.errors[0]?.pointer]).toEqual(['invalid_document', '/new_password']);
    expect((await a.login(name)).status).toBe(200);
  });

  it('does not exist for an API key', async () => {
    const response = await a.t.post(
      `${AUTH}/change-password`,
      { current_password: PASSWORD, new_password: OTHER },
      a.admin,
    );
    expect(expectProblem(response).code).toBe('forbidden');
  });

  it('can be guessed five times with a stolen session', async () => {
    const name = await a.user();
    const { access_token } = await a.signIn(name);
    const statuses = [];
    for (let guess = 0; guess < 7; guess++)
      statuses.push((await change(access_token, `${OTHER} ${guess}`, OTHER)).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429]);
  });
});

describe('the sessions of a user', () => {
  const list = async (token: string) =>
    (await a.t.get(`${AUTH}/sessions`, bearer(token))).body.data as { id: string; current: boolean }[];

  it('are listed, and each can be ended on every instance', async () => {
    const name = await a.user();
    const [first, second] = [await a.signIn(name), await a.signIn(name)];
    await a.signIn(await a.user());
    const sessions = await list(second.access_token);
    expect(sessions.map(({ current }) => current)).toEqual([true, false]);
    expect(Object.keys(sessions[0] ?? {})).toEqual(['id', 'created_at', 'expires_at', 'current']);
    const other = `${AUTH}/sessions/${sessions[1]?.id}`;
    expect((await a.t.delete(other, bearer(second.access_token))).status).toBe(204);
    expect(await a.statusOf(first.access_token, a.other)).toBe(401);
    expect((await a.refresh(first.refresh_token)).status).toBe(401);
    expect((await list(second.access_token)).map(({ current }) => current)).toEqual([true]);
    expect((await a.t.delete(other, bearer(second.access_token))).status).toBe(404);
    expect(await a.auditOf(name)).toContain('signed_out');
    expect((await a.t.delete(`${AUTH}/sessions/${sessions[0]?.id}`, bearer(second.access_token))).status).toBe(204);
    expect(await a.statusOf(second.access_token)).toBe(401);
  });

  it('are those of the user alone', async () => {
    const [mine, theirs] = [await a.signIn(await a.user()), await a.signIn(await a.user('admin'))];
    const [session] = await list(theirs.access_token);
    const response = await a.t.delete(`${AUTH}/sessions/${session?.id}`, bearer(mine.access_token));
    expect(expectProblem(response).code).toBe('not_found');
    expect(await a.statusOf(theirs.access_token)).toBe(200);
    expect((await a.t.delete(`${AUTH}/sessions/nothing`, bearer(mine.access_token))).status).toBe(404);
    // An API key has no sessions.
    expect((await a.t.get(`${AUTH}/sessions`, a.admin)).body).toEqual({ data: [] });
  });
});

describe('failed sign-ins', () => {
  it('to unknown names are counted in one entry, without the names', async () => {
    await a.t.app.get(FailedSignIns).flush();
    const entries = () =>
      a.t.sql<{ subject: string; details: object }>('SELECT subject, details FROM audit_log ORDER BY id');
    const before = await entries();
    for (let n = 0; n < 30; n++) expect((await a.login(`nobody-${n}@example.com`)).status).toBe(401);
    expect(await entries()).toEqual(before);
    await a.t.app.get(FailedSignIns).flush();
    await a.t.app.get(FailedSignIns).flush();
    expect((await entries()).slice(before.length)).toEqual([
      { subject: 'user:?', details: { unknown_names: 30, refused: 0, addresses: ['127.0.0.1'] } },
    ]);
  });

  it('are limited to five of a thousand; other users and addresses are not affected', async () => {
    const [victim, bystander] = [await a.user(), await a.user()];
    const before = await a.t.sql(`SELECT count(*)::int AS count FROM audit_log WHERE action = 'sign_in_failed'`);
    const statuses: Record<number, number> = {};
    const bystanders: Promise<number>[] = [];
    const guesses = Array.from({ length: 1000 }, (_, index) => `guess ${index} of very many`);
    for (let at = 0; at < guesses.length; at += 20) {
      if (at % 200 === 0) bystanders.push(a.login(bystander).then(({ status }) => status));
      for (const { status } of await Promise.all(guesses.slice(at, at + 20).map((guess) => a.login(victim, guess))))
        statuses[status] = (statuses[status] ?? 0) + 1;
    }
    expect(statuses).toEqual({ 401: 5, 429: 995 });
    const after = await a.t.sql(`SELECT count(*)::int AS count FROM audit_log WHERE action = 'sign_in_failed'`);
    expect(Number(after[0]?.count) - Number(before[0]?.count)).toBe(5);
    // The refused ones are one entry.
    await a.t.app.get(FailedSignIns).flush();
    const [entry] = await a.t.sql<{ details: object }>('SELECT details FROM audit_log ORDER BY id DESC LIMIT 1');
    expect(entry?.details).toMatchObject({ refused: 995 });

    const right = await a.login(victim);
    expect(expectProblem(right).code).toBe('rate_limited');
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(600);
    expect(new Set(await Promise.all(bystanders))).toEqual(new Set([200]));
    const { statusCode } = await a.t.app
      .getHttpAdapter()
      .getInstance()
      .inject({
        method: 'POST',
        url: `${AUTH}/login`,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify({ name: victim, password: PASSWORD }),
        remoteAddress: '198.51.100.7',
      });
    expect(statusCode).toBe(200);
  });

  it('count for unknown names too, and the name is not recorded', async () => {
    const statuses = [];
    for (let guess = 0; guess < 7; guess++)
      statuses.push((await a.login('my-password-in-the-wrong-field', PASSWORD)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const [row] = await a.t.sql(`SELECT string_agg(audit_log::text, ' ') AS text FROM audit_log`);
    expect(String(row?.text)).not.toContain('my-password');
  });

  it('do not include successful sign-ins', async () => {
    const name = await a.user();
    for (let time = 0; time < 8; time++) expect((await a.login(name)).status).toBe(200);
    const atOnce = await Promise.all(times(8, () => a.login(name)));
    expect(atOnce.map(({ status }) => status)).toEqual(times(8, () => 200));
  });
});

describeWithRedis('failed sign-ins with Redis', () => {
  it('are counted across all instances', async () => {
    const redis = await RedisServer.start();
    const settings = { ...SETTINGS, REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '5000' };
    const first = await TestApp.start(settings);
    const second = await TestApp.start(settings, first.database);
    try {
      for (const { app } of [first, second])
        while ((await app.get(GuardedRedis).attempt((client) => client.ping())) !== 'PONG') await sleep(20);
      const statuses = [];
      for (let guess = 0; guess < 8; guess++)
        statuses.push((await a.login('somebody', OTHER, guess % 2 === 0 ? first : second)).status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(5);
      expect(statuses.slice(-2)).toEqual([429, 429]);
    } finally {
      await second.app.close();
      await first.stop();
      await redis.stop();
    }
  });
});

describe('tokens of sessions', () => {
  it('are rejected when AUTH_LOCAL is off, and the routes do not exist', async () => {
    const off = await TestApp.start({ ...SETTINGS, AUTH_LOCAL: 'false' }, a.t.database);
    try {
      const { access_token } = await a.signIn(await a.user('admin'));
      expect((await off.get(LIST, bearer(access_token))).status).toBe(401);
      for (const path of ['login', 'refresh', 'logout', 'change-password'])
        expect((await off.post(`${AUTH}/${path}`, {})).status).toBe(404);
      expect((await off.get(USERS, a.admin)).status).toBe(404);
      expect((await off.get(`${AUTH}/me`, a.admin)).body.role).toBe('admin');
    } finally {
      await off.app.close();
    }
  });

  it('are rejected when signed with another secret', async () => {
    const { SignJWT } = await import('jose');
    const name = await a.user('admin');
    const { access_token } = await a.signIn(name);
    const { sid } = decodeJwt(access_token);
    const forged = await new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setIssuer('mdl')
      .setAudience('mdl')
      .setSubject(name)
      .setIssuedAt()
      .setExpirationTime('15 m')
      .sign(createSecretKey(Buffer.from(SECRET)));
    expect(await a.statusOf(access_token)).toBe(200);
    expect(await a.statusOf(forged)).toBe(401);
  });

  it('are issued by routes that reject an Idempotency-Key', async () => {
    const paths: [string, object][] = [
      [`${AUTH}/login`, { name: 'n', password: PASSWORD }],
      [`${AUTH}/refresh`, { refresh_token: 'x' }],
      [USERS, { name: 'n', role: 'viewer', password: PASSWORD }],
    ];
    for (const [path, body] of paths) {
      const response = await a.t.post(path, body, { ...a.admin, 'idempotency-key': 'again' });
      expect([path, expectProblem(response).code]).toEqual([path, 'invalid_header']);
    }
  });
});

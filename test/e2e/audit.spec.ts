import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeApiKey } from '../../src/auth/api-keys/api-key-text';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { AuditLog } from '../../src/auth/audit/audit-log';
import { AuditRetention } from '../../src/auth/audit/audit-retention';
import type { AuditEntryDto } from '../../src/auth/audit/audit.dto';
import { Database } from '../../src/database/database';
import { expectProblem } from '../contract/problems';
import { linkOf, problemOf } from '../support/responses';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';

const AUDIT = '/api/v1/audit';
const KEYS = '/api/v1/api-keys';
const METRICS = '/api/v1/metrics';
const AUTH = '/api/v1/auth';
const USERS = '/api/v1/users';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('the audit log', () => {
  let t: TestApp;
  let adminId: string;
  let admin: Record<string, string>;

  beforeAll(async () => {
    t = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' });
    const made = await t.app.get(ApiKeys).create({ name: 'the first', role: 'admin' }, 'test');
    adminId = made.id;
    admin = bearer(made.key);
  });
  afterAll(() => t.stop());

  const make = (body: object) => t.post(KEYS, body, admin);
  const entriesOf = ({ body }: TestResponse) => (body as { data: AuditEntryDto[] }).data;
  const entries = async (query: Record<string, string> = {}) => {
    const response = await t.get(`${AUDIT}?${new URLSearchParams(query).toString()}`, admin);
    expect(response.status).toBe(200);
    return entriesOf(response);
  };
  const count = async () => (await t.sql<{ count: number }>('SELECT count(*)::int AS count FROM audit_log'))[0]?.count;

  it('records actor, request and address of created and revoked keys', async () => {
    const made = await make({ name: 'export', role: 'editor', expires_at: '2999-01-01T00:00:00.000Z' });
    const { id } = made.body as { id: string };
    const revoked = await t.delete(`${KEYS}/${id}`, { ...admin, 'x-request-id': 'revoking-it' });
    const who = { actor: `key:${adminId}`, subject: `key:${id}`, address: '127.0.0.1' };
    expect(await entries({ subject: `key:${id}` })).toEqual([
      {
        ...who,
        id: expect.stringMatching(/^\d+$/) as string,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        action: 'key_revoked',
        request_id: 'revoking-it',
        details: { name: 'export', role: 'editor' },
      },
      expect.objectContaining({
        ...who,
        action: 'key_created',
        request_id: made.headers['x-request-id'],
        details: { name: 'export', role: 'editor', expires_at: '2999-01-01T00:00:00.000Z' },
      }),
    ]);
    expect(revoked.headers['x-request-id']).toBe('revoking-it');
  });

  it('records commands without a request', async () => {
    const keys = t.app.get(ApiKeys);
    const [old, older] = [
      await make({ name: 'replaced', role: 'viewer' }),
      await make({ name: 'replaced', role: 'admin' }),
    ];
    const { id } = await keys.create({ name: 'replaced', role: 'viewer' }, 'command');
    await keys.revokeOthers('replaced', id);
    const found = await entries({ actor: 'command' });
    for (const { request_id, address } of found) expect([request_id, address]).toEqual(['', '']);
    expect(new Set(found.map(({ action, subject }) => `${action} ${subject}`))).toEqual(
      new Set([`key_created key:${id}`, `key_revoked key:${old.body.id}`, `key_revoked key:${older.body.id}`]),
    );
  });

  it('records nothing for rejected changes, and a change that cannot be recorded is rolled back', async () => {
    const before = await count();
    await make({ name: 'n', role: 'owner' });
    await t.delete(`${KEYS}/0123456789ab`, admin);
    expect(await count()).toBe(before);

    await t.sql(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too late'; END $$`);
    await t.sql(`CREATE CONSTRAINT TRIGGER fail AFTER INSERT OR UPDATE ON api_keys DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.name = 'fails at the end') EXECUTE FUNCTION fail()`);
    expect(expectProblem(await make({ name: 'fails at the end', role: 'viewer' })).code).toBe('internal_error');
    expect(await count()).toBe(before);

    const { body } = await make({ name: 'cannot be recorded', role: 'viewer' });
    await t.sql(`CREATE TRIGGER fail BEFORE INSERT ON audit_log FOR EACH ROW
      WHEN (NEW.details->>'name' = 'cannot be recorded') EXECUTE FUNCTION fail()`);
    expect((await make({ name: 'cannot be recorded', role: 'viewer' })).status).toBe(500);
    expect((await t.delete(`${KEYS}/${body.id}`, admin)).status).toBe(500);
    expect(
      await t.sql(`SELECT id, revoked_at FROM api_keys WHERE name IN ('cannot be recorded', 'fails at the end')`),
    ).toEqual([{ id: body.id, revoked_at: null }]);
  });

  it('takes part in the open transaction', async () => {
    const before = await count();
    const event = { actor: 'a', action: 'user_created', subject: 'user:1', requestId: '', address: '' } as const;
    const undone = t.app.get(Database).transaction(async () => {
      await t.app.get(AuditLog).record(event);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await count()).toBe(before);
    await t.app.get(AuditLog).record(event);
    expect((await entries({ subject: 'user:1' })).map(({ details }) => details)).toEqual([{}]);
  });

  it('is append-only, with SQL too', async () => {
    const before = await entries();
    for (const sql of [
      `UPDATE audit_log SET actor = 'nobody'`,
      `UPDATE audit_log SET actor = 'nobody' WHERE false`,
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
      `SET session_replication_role = replica; DELETE FROM audit_log`,
      `INSERT INTO audit_log (id, actor, action, subject, request_id, address) OVERRIDING SYSTEM VALUE
       SELECT id, 'nobody', action, subject, '', '' FROM audit_log ON CONFLICT (id) DO UPDATE SET actor = 'nobody'`,
    ])
      await expect(t.sql(sql)).rejects.toThrow('audit_log is append-only');
    await expect(
      t.sql(`INSERT INTO audit_log (actor, action, subject, request_id, address) VALUES ('a', 'slept', 's', '', '')`),
    ).rejects.toThrow('audit_log_action_check');
    expect(await entries()).toEqual(before);
  });

  it('loses the entries that are older than AUDIT_RETENTION_DAYS, by the role of the service, and no others', async () => {
    const own = await TestApp.start({ AUDIT_RETENTION_DAYS: '90' });
    const actors = async () =>
      (await own.sql<{ actor: string }>('SELECT actor FROM audit_log ORDER BY id')).map(({ actor }) => actor);
    for (const [actor, age] of [
      ['oldest', 400],
      ['old', 91],
      ['recent', 89],
      ['new', 0],
    ] as const)
      await own.sql(
        `INSERT INTO audit_log (at, actor, action, subject, request_id, address)
         VALUES (now() - make_interval(days => $2), $1, 'signed_in', 's', '', '')`,
        [actor, age],
      );
    await own.app.get(AuditRetention).deleteOld();
    expect(await actors()).toEqual(['recent', 'new']);
    const service = own.app.get(Database);
    for (const bad of ['29, 10', 'NULL, 10', '90, NULL'])
      await expect(service.query(`SELECT delete_old_audit_entries(${bad})`)).rejects.toThrow('at least 30 days');
    await expect(service.query('DELETE FROM audit_log')).rejects.toThrow('permission denied');
    await expect(own.sql('DELETE FROM audit_log')).rejects.toThrow('append-only');
    await own.stop();
  });

  describe('pagination', () => {
    const ROWS = 120;
    const add = (rows: number, actor = 'walker') =>
      t.sql(
        `INSERT INTO audit_log (actor, action, subject, request_id, address)
         SELECT $1, CASE n % 3 WHEN 0 THEN 'signed_in' ELSE 'signed_out' END, 'user:' || n, 'walk', '' FROM generate_series(1, $2::int) AS n`,
        [actor, rows],
      );
    beforeAll(() => add(ROWS));

    /** Follows a link relation, with entries added after each page. Returns the subjects per page. */
    const walk = async (from: string, relation: 'next' | 'prev') => {
      const pages: string[][] = [];
      let last = from;
      for (let url: string | undefined = from; url !== undefined; await add(2)) {
        last = url;
        const response = await t.get(url, admin);
        expect(response.status).toBe(200);
        pages.push(entriesOf(response).map(({ subject }) => subject));
        url = linkOf(response, relation);
        if (pages.length > 30) break;
      }
      return { pages, last };
    };

    it('loses and repeats no entry in both directions while entries are added', async () => {
      const forwards = await walk(`${AUDIT}?actor=walker&limit=13`, 'next');
      const newestFirst = times(ROWS, (at) => `user:${ROWS - at}`);
      expect(forwards.pages.flat()).toEqual(newestFirst);
      expect(forwards.pages.map(({ length }) => length)).toEqual([13, 13, 13, 13, 13, 13, 13, 13, 13, 3]);
      const backwards = await walk(forwards.last, 'prev');
      const found = backwards.pages.toReversed().flat();
      // The entries that were added in the meantime come first.
      expect(found.slice(-ROWS)).toEqual(newestFirst);
      expect(found.length).toBeGreaterThan(ROWS);
    });

    it('has 50 entries per page, at most 100', async () => {
      const { body, headers } = await t.get(AUDIT, admin);
      expect(body.pagination).toEqual({
        limit: 50,
        hasNext: true,
        hasPrev: false,
        nextCursor: expect.any(String) as string,
        prevCursor: null,
      });
      expect([body.data.length, headers['cache-control'], headers['x-cache']]).toEqual([50, 'no-store', 'BYPASS']);
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(await entries({ limit: '100' })).toHaveLength(100);
    });

    it('applies filters', async () => {
      await add(6, 'filtered');
      const subjects = async (query: Record<string, string>) => (await entries(query)).map(({ subject }) => subject);
      expect(await subjects({ actor: 'filtered', action: 'signed_in' })).toEqual(['user:6', 'user:3']);
      expect(await subjects({ actor: 'filtered', subject: 'user:2' })).toEqual(['user:2']);
      expect(await subjects({ actor: 'filtered', subject: 'user:2', action: 'signed_in' })).toEqual([]);
      expect(await subjects({ actor: `' OR true --` })).toEqual([]);
    });

    it('rejects unknown and invalid parameters', async () => {
      const rejection = async (query: string) => {
        const { status, code, errors } = problemOf(await t.get(`${AUDIT}?${query}`, admin));
        return [status, code, ...errors].join(' ');
      };
      expect(await rejection('page=1')).toBe('400 invalid_parameter page unknown_parameter');
      expect(await rejection('count=exact')).toBe('400 invalid_parameter count unknown_parameter');
      expect(await rejection('limit=101&action=slept')).toBe(
        '400 invalid_parameter limit invalid_value action invalid_value',
      );
      expect(await rejection('actor=a&actor=b')).toBe('400 invalid_parameter actor repeated_parameter');
      expect(await rejection('cursor=x')).toBe('400 invalid_cursor cursor invalid_value');
      const { body } = await t.get(`${AUDIT}?actor=walker`, admin);
      expect(await rejection(`actor=filtered&cursor=${body.pagination.nextCursor}`)).toBe(
        '400 cursor_mismatch cursor invalid_value',
      );
    });
  });

  it('needs the role admin', async () => {
    expect(expectProblem(await t.get(AUDIT)).status).toBe(401);
    for (const role of ['viewer', 'editor'])
      expect(
        expectProblem(await t.get(AUDIT, bearer((await make({ name: role, role })).body.key as string))).status,
      ).toBe(403);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect((await t.send(method, AUDIT, { headers: admin })).status).toBe(405);
  });
});

describe('secrets', () => {
  const CURSOR_SECRET = 'planted-cursor-secret-4f6c1e9a0b2d';
  let t: TestApp;
  let service: ChildProcess;
  let url = '';
  let log = '';
  let admin: string;
  /** The secrets to search for, by name. */
  const secrets: Record<string, string> = {};

  beforeAll(async () => {
    await promisify(execFile)('npm', ['run', '--silent', 'compile']);
    t = await TestApp.start();
    const keys = t.app.get(ApiKeys);
    const make = async (name: string) => {
      const made = await keys.create({ name, role: 'admin' }, 'test');
      secrets[name] = made.key;
      return made;
    };
    admin = (await make('good')).key;
    const { id } = await make('expired');
    await t.sql(`UPDATE api_keys SET expires_at = now() WHERE id = $1`, [id]);
    await make('revoked');
    await keys.revokeOthers('revoked', 'none');
    secrets.unknown = makeApiKey('test').text;
    secrets.foreign = makeApiKey('live').text;
    secrets.token = `eyJhbGciOiJub25lIn0.${Buffer.from('{"sub":"planted"}').toString('base64url')}.cGxhbnRlZC1zaWduYXR1cmUtcGxhbnRlZC1zaWduYXR1cmU`;
    secrets.password = 'planted-correct-horse-battery-staple-planted-again';
    service = spawn(process.execPath, ['--enable-source-maps', '.build/main.js'], {
      env: {
        HOST: '127.0.0.1',
        PORT: '0',
        NODE_ENV: 'test',
        DATABASE_URL: t.database.url,
        LOG_LEVEL: 'trace',
        // Every request is slow, so that the log line with details is searched too.
        SLOW_REQUEST_MS: '1',
        THROTTLE_ENABLED: 'false',
        AUTH_ANONYMOUS_ROLE: 'none',
        CURSOR_SECRET,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [service.stdout, service.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
    for (;;) {
      url = /Listening on (http:\/\/[^"\s]+)/.exec(log)?.[1] ?? '';
      if (url !== '') break;
      if (service.exitCode !== null) throw new Error(`The service ended: ${log}`);
      await sleep(20);
    }
  }, 60_000);
  afterAll(async () => {
    service.kill('SIGKILL');
    await t.stop();
  });

  /**
   * The requests whose problem details quote the invalid value, to its sender only. The log must not contain these
   * values either.
   */
  const QUOTED = new Set([
    'the parameter sort',
    'the parameter fields',
    'the parameter status',
    'a body: a wrong role',
    'a body: a name of a field',
    'a body: a wrong type',
    'a body: a document',
  ]);
  const JSON_TYPE = { 'content-type': 'application/json' };
  type Planted = [where: string, path: string, options?: RequestInit];
  const rejectedBody = (
    where: string,
    path: string,
    body: unknown,
    method = 'POST',
    headers: object = JSON_TYPE,
  ): Planted => [
    where,
    path,
    { method, headers: { ...bearer(admin), ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) },
  ];
  const query = (parameters: Record<string, string>) => `?${new URLSearchParams(parameters).toString()}`;

  /** Requests that contain a secret in every possible place. */
  const plant = (secret: string): Planted[] => [
    ['Authorization', METRICS, { headers: bearer(secret) }],
    [
      'Authorization, writing',
      METRICS,
      { method: 'POST', headers: { ...bearer(secret), ...JSON_TYPE }, body: '{"name":1}' },
    ],
    ['Authorization, of another scheme', METRICS, { headers: { authorization: `Basic ${secret}` } }],
    ['Authorization, after another token', METRICS, { headers: { authorization: `Bearer x ${secret}` } }],
    [
      'other headers',
      METRICS,
      { headers: { 'x-api-key': secret, cookie: `token=${secret}`, 'proxy-authorization': secret } },
    ],
    ['a precondition', `${METRICS}/m`, { method: 'DELETE', headers: { ...bearer(admin), 'if-match': secret } }],
    ['no route', `/nowhere${query({ access_token: secret })}`],
    ...['access_token', 'cursor', 'sort', 'fields', 'limit', 'status'].map((name): Planted => [
      `the parameter ${name}`,
      METRICS + query({ [name]: secret }),
      { headers: bearer(admin) },
    ]),
    ['a parameter of the audit log', AUDIT + query({ action: secret }), { headers: bearer(admin) }],
    ['a parameter without credentials', METRICS + query({ access_token: secret })],
    rejectedBody('a body: an unknown field', KEYS, { name: 'n', role: 'viewer', key: secret }),
    rejectedBody('a body: a wrong role', KEYS, { name: 'n', role: secret }),
    rejectedBody('a body: a moment', KEYS, { name: 'n', role: 'viewer', expires_at: secret }),
    rejectedBody('a body: a name of a field', KEYS, { [secret]: 1 }),
    rejectedBody('a body: a wrong type', KEYS, { name: [secret], role: [secret] }),
    rejectedBody('a body: broken JSON', KEYS, `{"key":"${secret}"`),
    rejectedBody('a body: a bare word', KEYS, secret),
    rejectedBody('a body: a repeated member', KEYS, `{"key":"${secret}","key":"${secret}"}`),
    rejectedBody('a body: another type', KEYS, secret, 'POST', { 'content-type': 'text/plain' }),
    rejectedBody('a body: a document', METRICS, { metric_id: 'm', name: 'M', password: secret, tier: secret }),
    rejectedBody('a sign-in', `${AUTH}/login`, { name: 'eve', password: secret }),
    rejectedBody('a sign-in: the name', `${AUTH}/login`, { name: secret, password: secret }),
    rejectedBody('a sign-in: a wrong type', `${AUTH}/login`, { name: [secret], password: { secret } }),
    rejectedBody('a refresh', `${AUTH}/refresh`, { refresh_token: secret }),
    rejectedBody('a new password', `${AUTH}/change-password`, { current_password: secret, new_password: secret }),
    rejectedBody('a user: a wrong name', USERS, { name: `Not ${secret}`, role: 'viewer', password: secret }),
    rejectedBody('a user: a weak password', USERS, {
      name: secret.slice(-43).toLowerCase(),
      role: 'viewer',
      password: secret.slice(-43).repeat(3),
    }),
    rejectedBody('a body: a line', `${METRICS}/bulk`, `{"a"\n"${secret}"\n${secret}\n`, 'POST', {
      'content-type': 'application/x-ndjson',
    }),
  ];

  /** Whether a text contains 16 consecutive characters of a secret. The id of a key is not secret. */
  const leaks = (text: string) =>
    Object.values({ ...secrets, CURSOR_SECRET }).some((secret) => {
      const part = secret.slice(-43).toLowerCase();
      return times(part.length - 15, (at) => part.slice(at, at + 16)).some((piece) =>
        text.toLowerCase().includes(piece),
      );
    });

  it('appear in no log line, problem, revision or audit log entry', async () => {
    const found: string[] = [];
    const quoted = new Set<string>();
    const ids: string[] = [];
    const request = async ([where, path, options = {}]: Planted, name = '') => {
      const response = await fetch(url + path, options);
      const text = await response.text();
      ids.push(response.headers.get('x-request-id') ?? '');
      if (leaks(text + JSON.stringify([...response.headers]))) {
        if (QUOTED.has(where) && response.status >= 400) quoted.add(where);
        else found.push(`${name} in ${where}: ${response.status} ${text}`);
      }
      return { status: response.status, text };
    };
    for (const [name, secret] of Object.entries(secrets))
      for (const planted of plant(secret)) {
        const { status } = await request(planted, name);
        const isGood = planted[0] === 'Authorization' && name === 'good';
        expect([name, planted[0], status < 400]).toEqual([name, planted[0], isGood]);
      }

    // Writes with a valid key.
    const write = (path: string, method: string, body?: object): Planted =>
      rejectedBody(path, path, body ?? '', method);
    expect((await request(write(METRICS, 'POST', { metric_id: 'written', name: 'Written' }))).status).toBe(201);
    const made = await fetch(url + KEYS, write(KEYS, 'POST', { name: 'shown once', role: 'viewer' })[2]);
    const shown = (await made.json()) as { id: string; key: string };
    secrets.shown = shown.key;
    expect((await request([KEYS, `${KEYS}/${shown.id}`, { method: 'DELETE', headers: bearer(admin) }])).status).toBe(
      204,
    );
    for (const path of [KEYS, AUDIT, `${METRICS}/written/revisions`])
      expect((await request([path, path, { headers: bearer(admin) }])).status).toBe(200);

    // Sign-in, refresh, change of password and sign-out.
    const { password = '' } = secrets;
    expect((await request(write(USERS, 'POST', { name: 'ada', role: 'admin', password }))).status).toBe(201);
    const signIn = async () => {
      const response = await fetch(`${url}${AUTH}/login`, write(AUTH, 'POST', { name: 'ada', password })[2]);
      expect(response.status).toBe(200);
      return (await response.json()) as { access_token: string; refresh_token: string };
    };
    const [session, stolen] = [await signIn(), await signIn()];
    for (const [index, { access_token, refresh_token }] of [session, stolen].entries())
      Object.assign(secrets, { [`access ${index}`]: access_token, [`refresh ${index}`]: refresh_token });
    const asAda = bearer(session.access_token);
    const other = 'planted-seven-whales-in-a-lighthouse-planted';
    secrets.other = other;
    const change = { current_password: password, new_password: other };
    const next = await fetch(`${url}${AUTH}/refresh`, write(AUTH, 'POST', { refresh_token: stolen.refresh_token })[2]);
    const { refresh_token } = (await next.json()) as { refresh_token: string };
    secrets.next = refresh_token;
    for (const [path, body, headers, status] of [
      [`${AUTH}/refresh`, { refresh_token: stolen.refresh_token }, {}, 401],
      [`${AUTH}/login`, { name: 'ada', password: other }, {}, 401],
      [`${AUTH}/change-password`, change, asAda, 204],
      [`${AUTH}/logout`, { refresh_token: session.refresh_token }, {}, 204],
    ] as const)
      expect([
        path,
        (await request(rejectedBody(path, path, body, 'POST', { ...JSON_TYPE, ...headers }))).status,
      ]).toEqual([path, status]);
    expect((await request(write(`${USERS}/ada`, 'PATCH', { password, role: 'viewer' }))).status).toBe(200);
    expect((await request([USERS, USERS, { headers: bearer(admin) }])).status).toBe(200);
    expect((await request([AUDIT, AUDIT, { headers: bearer(admin) }])).status).toBe(200);

    // Internal errors: the log contains the cause with its statement.
    await t.sql('ALTER TABLE sessions RENAME TO elsewhere');
    for (const [path, body] of [
      ['login', { name: 'ada', password }],
      ['refresh', { refresh_token }],
    ] as const)
      expect([path, (await request(write(`${AUTH}/${path}`, 'POST', body))).status]).toEqual([path, 500]);
    await t.sql('ALTER TABLE elsewhere RENAME TO sessions');
    await t.sql('ALTER TABLE audit_log RENAME TO elsewhere');
    expect((await request(write(KEYS, 'POST', { name: 'n', role: 'viewer' }))).status).toBe(500);
    await t.sql('ALTER TABLE elsewhere RENAME TO audit_log');
    await t.sql('ALTER TABLE api_keys RENAME TO elsewhere');
    expect((await request(['a failure', METRICS, { headers: bearer(makeApiKey('test').text) }])).status).toBe(500);
    await t.sql('ALTER TABLE elsewhere RENAME TO api_keys');

    for (const table of ['audit_log', 'revisions', 'api_keys', 'users', 'sessions', 'idempotency_keys']) {
      const rows = await t.sql<{ text: string }>(`SELECT ${table}::text AS text FROM ${table}`);
      if (table !== 'idempotency_keys') expect([table, rows.length > 0]).toEqual([table, true]);
      for (const { text } of rows) if (leaks(text)) found.push(`${table}: ${text}`);
    }

    service.kill('SIGTERM');
    await once(service, 'close');
    // The log must contain every request, or the search proves nothing.
    for (const id of ids) expect([id, log.includes(id)]).toEqual([id, true]);
    expect(log).toContain('relation \\"audit_log\\" does not exist');
    for (const line of log.split('\n')) if (leaks(line)) found.push(`log: ${line}`);
    expect(found).toEqual([]);
    expect(quoted).toEqual(QUOTED);
  });
});

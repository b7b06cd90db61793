import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from './config';
import { SECRETS } from './settings';

const DATABASE_URL = 'postgresql://mdl:secret@localhost:5432/mdl';
const random = () => randomBytes(32).toString('base64');
const linesOf = (environment: NodeJS.ProcessEnv): string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

describe('the configuration', () => {
  it('requires only DATABASE_URL; all other settings have defaults', () => {
    expect(readConfig({ DATABASE_URL })).toMatchObject({
      DATABASE_URL,
      PORT: 3000,
      DATABASE_POOL_SIZE: 10,
      TRUST_PROXY_HOPS: 0,
      DOCS_ENABLED: true,
    });
  });

  it('treats an empty variable as not set', () => {
    expect(readConfig({ DATABASE_URL, PORT: '', LOG_LEVEL: '' })).toMatchObject({ PORT: 3000, LOG_LEVEL: 'info' });
  });

  it('reports one line for each invalid variable, with its name', () => {
    const lines = linesOf({ PORT: '99999', DATABASE_POOL_SIZE: '0', LOG_LEVEL: 'loud', DOCS_ENABLED: 'perhaps' });
    expect(lines.map((line) => /^[A-Z_]+/.exec(line)?.[0]).sort()).toEqual([
      'DATABASE_POOL_SIZE',
      'DATABASE_URL',
      'DOCS_ENABLED',
      'LOG_LEVEL',
      'PORT',
    ]);
  });

  it.each(['1e3', '-1', '1.5', ' 80', '0x50', 'true'])('rejects %j as a port', (PORT) => {
    expect(linesOf({ DATABASE_URL, PORT })).toEqual([expect.stringMatching(/^PORT: must be a whole number/)]);
  });

  it('rejects a CACHE_TTL above CACHE_MAX_TTL', () => {
    expect(linesOf({ DATABASE_URL, CACHE_TTL: '61', CACHE_MAX_TTL: '60' })).toEqual([
      expect.stringMatching(/^CACHE_TTL: /),
    ]);
  });

  it('requires SHUTDOWN_TIMEOUT_MS to be more than SHUTDOWN_DRAIN_MS', () => {
    expect(linesOf({ DATABASE_URL, SHUTDOWN_DRAIN_MS: '30000' })).toEqual([
      expect.stringMatching(/^SHUTDOWN_TIMEOUT_MS: must be more than SHUTDOWN_DRAIN_MS/),
    ]);
    expect(linesOf({ DATABASE_URL, SHUTDOWN_DRAIN_MS: '30000', SHUTDOWN_TIMEOUT_MS: '40000' })).toEqual([]);
  });

  it('requires SEND_TIMEOUT_MS to be more than HANDLER_TIMEOUT_MS', () => {
    expect(linesOf({ DATABASE_URL, SEND_TIMEOUT_MS: '15000' })).toEqual([
      expect.stringMatching(/^SEND_TIMEOUT_MS: must be 0 or more than HANDLER_TIMEOUT_MS/),
    ]);
    expect(linesOf({ DATABASE_URL, SEND_TIMEOUT_MS: '0' })).toEqual([]);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(readConfig({ DATABASE_URL }))).toBe(true);
  });
});

describe('production', () => {
  /** Valid settings for production. */
  const good = () => ({
    NODE_ENV: 'production',
    DATABASE_URL: `postgresql://mdl:${encodeURIComponent(random())}@db:5432/mdl`,
    AUTH_LOCAL: 'true',
    AUTH_SECRET: random(),
  });

  it('accepts random secrets, and a database alone', () => {
    expect(linesOf(good())).toEqual([]);
    expect(linesOf({ ...good(), AUTH_LOCAL: '', AUTH_SECRET: '' })).toEqual([]);
  });

  it.each([
    ['development', true],
    ['test', true],
    [undefined, true],
    ['', true],
    ['production', false],
  ])('enables local accounts by default outside production: NODE_ENV=%s', (NODE_ENV, AUTH_LOCAL) => {
    const { DATABASE_URL } = good();
    expect(readConfig({ DATABASE_URL, NODE_ENV }).AUTH_LOCAL).toBe(AUTH_LOCAL);
    const AUTH_SECRET = random();
    for (const isLocal of [true, false])
      expect(readConfig({ DATABASE_URL, NODE_ENV, AUTH_SECRET, AUTH_LOCAL: String(isLocal) }).AUTH_LOCAL).toBe(isLocal);
  });

  const REGULAR = 'abc'.repeat(20);
  const SHORT = 'Zq8vT1nWc4xR7yLp2sDkFg6hJm9bNa0';

  it.each<[string, NodeJS.ProcessEnv, string[]]>([
    ['no AUTH_SECRET', { AUTH_SECRET: '' }, ['AUTH_SECRET: must be set when AUTH_LOCAL is true']],
    ['a short secret', { AUTH_SECRET: SHORT }, ['AUTH_SECRET: must have at least 32 characters']],
    ['a well-known secret', { AUTH_SECRET: 'change-me' }, ['AUTH_SECRET: must not be well known']],
    [
      'an example secret',
      { AUTH_SECRET: 'a-string-secret-at-least-256-bits-long' },
      ['AUTH_SECRET: must not be well known'],
    ],
    ['a repetitive secret', { AUTH_SECRET: REGULAR }, ['AUTH_SECRET: must be random']],
    ['a weak second secret', { AUTH_SECRET: `${random()},${REGULAR}` }, ['AUTH_SECRET: must be random']],
    ['a weak first secret', { AUTH_SECRET: `changeme,${random()}` }, ['AUTH_SECRET: must not be well known']],
    [
      'two weak secrets',
      { AUTH_SECRET: `${SHORT},${REGULAR}` },
      ['AUTH_SECRET: must have', 'AUTH_SECRET: must be random'],
    ],
    ['a weak cursor secret', { CURSOR_SECRET: 'secret' }, ['CURSOR_SECRET: must not be well known']],
    ['a repeated secret', { AUTH_SECRET: '0123456789abcdef'.repeat(2) }, ['AUTH_SECRET: must be random']],
    ['a well-known database password', { DATABASE_URL }, ['DATABASE_URL: the password must not be well known']],
    [
      'a well-known password in REDIS_URL',
      { REDIS_URL: 'redis://:redis@cache:6379/0' },
      ['REDIS_URL: the password must not be well known'],
    ],
    ['a well-known REDIS_PASSWORD', { REDIS_PASSWORD: 'Password' }, ['REDIS_PASSWORD: must not be well known']],
    ['anonymous viewers', { AUTH_ANONYMOUS_ROLE: 'viewer' }, ['AUTH_ANONYMOUS_ROLE: must be none in production']],
    ['anonymous admins', { AUTH_ANONYMOUS_ROLE: 'admin' }, ['AUTH_ANONYMOUS_ROLE: must be none in production']],
    [
      'an issuer without TLS',
      { AUTH_ISSUER: 'http://idp', AUTH_AUDIENCE: 'mdl', AUTH_JWKS_URL: 'http://idp/keys' },
      ['AUTH_ISSUER: must be https', 'AUTH_JWKS_URL: must be https'],
    ],
  ])('rejects %s, which development accepts', (_, settings, lines) => {
    expect(linesOf({ ...good(), ...settings })).toEqual(
      lines.map((line) => expect.stringMatching(`^${line}`) as string),
    );
    expect(linesOf({ ...good(), ...settings, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each([
    'postgresql://app:app@db/mdl',
    'postgresql://app:p%6Fstgres@db/mdl',
    'postgresql://db/mdl?user=a&password=qwerty1',
  ])('rejects a well-known database password: %s', (url) => {
    expect(linesOf({ ...good(), DATABASE_URL: url })).toEqual(['DATABASE_URL: the password must not be well known']);
  });

  it.each(['production', 'development'])('rejects an empty secret: %s', (NODE_ENV) => {
    for (const AUTH_SECRET of [`${random()},`, `,${random()}`, ','])
      expect(linesOf({ ...good(), NODE_ENV, AUTH_SECRET })).toEqual([
        'AUTH_SECRET: must be one secret, or two separated by a comma',
      ]);
  });

  it('reports once that the file of a required setting cannot be read', () => {
    const { DATABASE_URL: _, ...others } = good();
    expect(linesOf({ ...others, DATABASE_URL_FILE: '/does/not/exist' })).toEqual([
      'DATABASE_URL_FILE: the file cannot be read (ENOENT)',
    ]);
  });

  it('accepts anonymous access when AUTH_ANONYMOUS_ALLOWED is set', () => {
    const open = { AUTH_ANONYMOUS_ROLE: 'viewer', AUTH_ANONYMOUS_ALLOWED: 'true' };
    expect(linesOf({ ...good(), ...open })).toEqual([]);
  });

  it.each(['production', 'development', 'test'])('rejects TRUST_PROXY_HOPS=true: %s', (NODE_ENV) => {
    expect(linesOf({ ...good(), NODE_ENV, TRUST_PROXY_HOPS: 'true' })).toEqual([
      'TRUST_PROXY_HOPS: must be a whole number from 0 to 10',
    ]);
    expect(linesOf({ ...good(), NODE_ENV, TRUST_PROXY_HOPS: '1' })).toEqual([]);
  });

  it('reports all faults at once: invalid variables, files and weak secrets', () => {
    const wrong = {
      ...good(),
      DATABASE_URL,
      PORT: 'http',
      TRUST_PROXY_HOPS: 'true',
      REDIS_PASSWORD_FILE: '/does/not/exist',
      AUTH_SECRET: `changeme,${REGULAR}`,
      AUTH_ANONYMOUS_ROLE: 'editor',
      AUTH_ISSUER: 'http://idp',
    };
    expect(
      linesOf(wrong)
        .map((line) => /^[A-Z_]+/.exec(line)?.[0])
        .sort(),
    ).toEqual([
      'AUTH_ANONYMOUS_ROLE',
      'AUTH_AUDIENCE',
      'AUTH_ISSUER',
      'AUTH_SECRET',
      'AUTH_SECRET',
      'DATABASE_URL',
      'PORT',
      'REDIS_PASSWORD_FILE',
      'TRUST_PROXY_HOPS',
    ]);
  });

  it('never prints the secret', () => {
    const planted = 'hunter2-Admiral';
    for (const [name, value, kind] of [
      ['AUTH_SECRET', planted, 'must have at least 32'],
      ['AUTH_SECRET', planted.slice(0, 9).repeat(8), 'must be random'],
      ['AUTH_SECRET', `${planted} changeme`, 'well known'],
      ['CURSOR_SECRET', planted, 'must have at least 32'],
      ['REDIS_PASSWORD', `${planted}-example`, 'well known'],
      ['DATABASE_URL', `mysql://mdl:${planted}@db/mdl`, 'must be postgresql'],
      ['DATABASE_URL', `postgresql://mdl:${planted}-changeme@db/mdl`, 'well known'],
      ['DATABASE_URL', `postgresql://mdl:${planted}@[db/mdl`, 'must be postgresql'],
      ['REDIS_URL', `http://:${planted}@cache`, 'must be redis'],
      ['REDIS_URL', `redis://:${planted}-default@cache`, 'well known'],
      ['AUTH_ISSUER', `https://mdl:${planted}@idp`, 'must be https'],
      // The secret in place of the path of its file.
      ['CURSOR_SECRET_FILE', planted, 'ENOENT'],
    ] as const) {
      const message = linesOf({ ...good(), [name]: value }).join('\n');
      expect(message).toMatch(new RegExp(`^${name}: .*${kind}`));
      expect(message).not.toMatch(/hunter2|Admiral/);
    }
  });
});

describe('a secret in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mdl-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A file with a trailing line end, as editors and `openssl rand` write it. */
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, `${text}\n`);
    return path;
  };
  const valueOf = (name: (typeof SECRETS)[number]) =>
    ({ DATABASE_URL, REDIS_URL: 'redis://:secret@localhost:6379/0' })[name as string] ?? random();

  it.each(SECRETS)('is read for %s', (name) => {
    const value = valueOf(name);
    const environment = { DATABASE_URL, [`${name}_FILE`]: file(name, value) };
    if (name === 'DATABASE_URL') delete (environment as NodeJS.ProcessEnv)['DATABASE_URL'];
    expect(String(readConfig(environment)[name])).toBe(value);
    // An empty variable counts as not set.
    expect(String(readConfig({ ...environment, [name]: '' })[name])).toBe(value);
  });

  it.each(SECRETS)('is validated like the variable: %s', (name) => {
    const bad = { DATABASE_URL, REDIS_URL: 'redis://:redis@cache:6379/0' }[name as string] ?? 'changeme';
    const environment: NodeJS.ProcessEnv = { NODE_ENV: 'production', DATABASE_URL: 'postgresql://mdl@db/mdl' };
    delete environment[name];
    expect(linesOf({ ...environment, [`${name}_FILE`]: file('bad', bad) })).toEqual([
      expect.stringMatching(`^${name}: .*well known`),
    ]);
  });

  it('does not change the environment', () => {
    const environment = { DATABASE_URL_FILE: file('url', DATABASE_URL) };
    readConfig(environment);
    expect(Object.keys(environment)).toEqual(['DATABASE_URL_FILE']);
  });
});

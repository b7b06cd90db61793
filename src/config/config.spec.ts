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
  it('needs a database alone; the rest has defaults', () => {
    expect(readConfig({ DATABASE_URL })).toMatchObject({
      DATABASE_URL,
      PORT: 3000,
      DATABASE_POOL_SIZE: 10,
      TRUST_PROXY_HOPS: 0,
      DOCS_ENABLED: true,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ DATABASE_URL, PORT: '', LOG_LEVEL: '' })).toMatchObject({ PORT: 3000, LOG_LEVEL: 'info' });
  });

  it('has one line for each bad variable, which names it', () => {
    const lines = linesOf({ PORT: '99999', DATABASE_POOL_SIZE: '0', LOG_LEVEL: 'loud', DOCS_ENABLED: 'perhaps' });
    expect(lines.map((line) => /^[A-Z_]+/.exec(line)?.[0]).sort()).toEqual([
      'DATABASE_POOL_SIZE',
      'DATABASE_URL',
      'DOCS_ENABLED',
      'LOG_LEVEL',
      'PORT',
    ]);
  });

  it.each(['1e3', '-1', '1.5', ' 80', '0x50', 'true'])('does not take %j for a port', (PORT) => {
    expect(linesOf({ DATABASE_URL, PORT })).toEqual([expect.stringMatching(/^PORT: must be a whole number/)]);
  });

  it('keeps no answer longer than it may', () => {
    expect(linesOf({ DATABASE_URL, CACHE_TTL: '61', CACHE_MAX_TTL: '60' })).toEqual([
      expect.stringMatching(/^CACHE_TTL: /),
    ]);
  });

  it('gives a stop more time than its drain', () => {
    expect(linesOf({ DATABASE_URL, SHUTDOWN_DRAIN_MS: '30000' })).toEqual([
      expect.stringMatching(/^SHUTDOWN_TIMEOUT_MS: must be more than SHUTDOWN_DRAIN_MS/),
    ]);
    expect(linesOf({ DATABASE_URL, SHUTDOWN_DRAIN_MS: '30000', SHUTDOWN_TIMEOUT_MS: '40000' })).toEqual([]);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(readConfig({ DATABASE_URL }))).toBe(true);
  });
});

describe('production', () => {
  /** What production starts with. */
  const good = () => ({
    NODE_ENV: 'production',
    DATABASE_URL: `postgresql://mdl:${encodeURIComponent(random())}@db:5432/mdl`,
    AUTH_LOCAL: 'true',
    AUTH_SECRET: random(),
  });

  it('starts with secrets of its own, and with a database alone', () => {
    expect(linesOf(good())).toEqual([]);
    expect(linesOf({ ...good(), AUTH_LOCAL: '', AUTH_SECRET: '' })).toEqual([]);
  });

  it.each([
    ['development', true],
    ['test', true],
    [undefined, true],
    ['', true],
    ['production', false],
  ])('has accounts where it was asked for them, others without: NODE_ENV=%s', (NODE_ENV, AUTH_LOCAL) => {
    const { DATABASE_URL } = good();
    expect(readConfig({ DATABASE_URL, NODE_ENV }).AUTH_LOCAL).toBe(AUTH_LOCAL);
    const AUTH_SECRET = random();
    for (const asked of [true, false])
      expect(readConfig({ DATABASE_URL, NODE_ENV, AUTH_SECRET, AUTH_LOCAL: String(asked) }).AUTH_LOCAL).toBe(asked);
  });

  const REGULAR = 'abc'.repeat(20);
  const SHORT = 'Zq8vT1nWc4xR7yLp2sDkFg6hJm9bNa0';

  it.each<[string, NodeJS.ProcessEnv, string[]]>([
    ['no secret for accounts', { AUTH_SECRET: '' }, ['AUTH_SECRET: must be set where AUTH_LOCAL is']],
    ['a short one', { AUTH_SECRET: SHORT }, ['AUTH_SECRET: must have 32 characters or more']],
    ['a well-known one', { AUTH_SECRET: 'change-me' }, ['AUTH_SECRET: it is well known']],
    ['an example', { AUTH_SECRET: 'a-string-secret-at-least-256-bits-long' }, ['AUTH_SECRET: it is well known']],
    ['a regular one', { AUTH_SECRET: REGULAR }, ['AUTH_SECRET: it is too regular']],
    ['the second of two', { AUTH_SECRET: `${random()},${REGULAR}` }, ['AUTH_SECRET: it is too regular']],
    ['the first of two', { AUTH_SECRET: `changeme,${random()}` }, ['AUTH_SECRET: it is well known']],
    [
      'both of two',
      { AUTH_SECRET: `${SHORT},${REGULAR}` },
      ['AUTH_SECRET: must have', 'AUTH_SECRET: it is too regular'],
    ],
    ['a secret of cursors', { CURSOR_SECRET: 'secret' }, ['CURSOR_SECRET: it is well known']],
    ['one of two halves', { AUTH_SECRET: '0123456789abcdef'.repeat(2) }, ['AUTH_SECRET: it is too regular']],
    ['the database’s password', { DATABASE_URL }, ['DATABASE_URL: the password is well known']],
    ['that of Redis', { REDIS_URL: 'redis://:redis@cache:6379/0' }, ['REDIS_URL: the password is well known']],
    ['that of Redis, apart', { REDIS_PASSWORD: 'Password' }, ['REDIS_PASSWORD: it is well known']],
    ['anonymous readers', { AUTH_ANONYMOUS_ROLE: 'viewer' }, ['AUTH_ANONYMOUS_ROLE: production is closed']],
    ['anonymous admins', { AUTH_ANONYMOUS_ROLE: 'admin' }, ['AUTH_ANONYMOUS_ROLE: production is closed']],
    [
      'an issuer without TLS',
      { AUTH_ISSUER: 'http://idp', AUTH_AUDIENCE: 'mdl', AUTH_JWKS_URL: 'http://idp/keys' },
      ['AUTH_ISSUER: must be https', 'AUTH_JWKS_URL: must be https'],
    ],
  ])('refuses %s, which development takes', (_, settings, lines) => {
    expect(linesOf({ ...good(), ...settings })).toEqual(
      lines.map((line) => expect.stringMatching(`^${line}`) as string),
    );
    expect(linesOf({ ...good(), ...settings, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each([
    'postgresql://app:app@db/mdl',
    'postgresql://app:p%6Fstgres@db/mdl',
    'postgresql://db/mdl?user=a&password=qwerty1',
  ])('refuses a password that everybody would try: %s', (url) => {
    expect(linesOf({ ...good(), DATABASE_URL: url })).toEqual(['DATABASE_URL: the password is well known']);
  });

  it.each(['production', 'development'])('takes no empty secret, which everybody knows: %s', (NODE_ENV) => {
    for (const AUTH_SECRET of [`${random()},`, `,${random()}`, ','])
      expect(linesOf({ ...good(), NODE_ENV, AUTH_SECRET })).toEqual([
        'AUTH_SECRET: must be one secret, or two with a comma between them',
      ]);
  });

  it('says once that the file of what must be set cannot be read', () => {
    const { DATABASE_URL: _, ...others } = good();
    expect(linesOf({ ...others, DATABASE_URL_FILE: '/does/not/exist' })).toEqual([
      'DATABASE_URL_FILE: the file cannot be read (ENOENT)',
    ]);
  });

  it('lets callers in without credentials where that was meant', () => {
    const open = { AUTH_ANONYMOUS_ROLE: 'viewer', AUTH_ANONYMOUS_ALLOWED: 'true' };
    expect(linesOf({ ...good(), ...open })).toEqual([]);
  });

  it.each(['production', 'development', 'test'])('does not believe every proxy, nor does any other: %s', (NODE_ENV) => {
    expect(linesOf({ ...good(), NODE_ENV, TRUST_PROXY_HOPS: 'true' })).toEqual([
      'TRUST_PROXY_HOPS: must be a whole number from 0 to 10',
    ]);
    expect(linesOf({ ...good(), NODE_ENV, TRUST_PROXY_HOPS: '1' })).toEqual([]);
  });

  it('tells all at once: bad variables, files, and what is not good enough', () => {
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

  it('never tells the secret', () => {
    const planted = 'hunter2-Admiral';
    for (const [name, value, kind] of [
      ['AUTH_SECRET', planted, 'must have 32'],
      ['AUTH_SECRET', planted.slice(0, 9).repeat(8), 'too regular'],
      ['AUTH_SECRET', `${planted} changeme`, 'well known'],
      ['CURSOR_SECRET', planted, 'must have 32'],
      ['REDIS_PASSWORD', `${planted}-example`, 'well known'],
      ['DATABASE_URL', `mysql://mdl:${planted}@db/mdl`, 'must be postgresql'],
      ['DATABASE_URL', `postgresql://mdl:${planted}-changeme@db/mdl`, 'well known'],
      ['DATABASE_URL', `postgresql://mdl:${planted}@[db/mdl`, 'must be postgresql'],
      ['REDIS_URL', `http://:${planted}@cache`, 'must be redis'],
      ['REDIS_URL', `redis://:${planted}-default@cache`, 'well known'],
      ['AUTH_ISSUER', `https://mdl:${planted}@idp`, 'must be https'],
      // The secret where the path of its file should be.
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

  /** A file that ends as editors and `openssl rand` end it. */
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, `${text}\n`);
    return path;
  };
  const valueOf = (name: (typeof SECRETS)[number]) =>
    ({ DATABASE_URL, REDIS_URL: 'redis://:secret@localhost:6379/0' })[name as string] ?? random();

  it.each(SECRETS)('is taken for %s', (name) => {
    const value = valueOf(name);
    const environment = { DATABASE_URL, [`${name}_FILE`]: file(name, value) };
    if (name === 'DATABASE_URL') delete (environment as NodeJS.ProcessEnv)['DATABASE_URL'];
    expect(String(readConfig(environment)[name])).toBe(value);
    // What is empty is not set.
    expect(String(readConfig({ ...environment, [name]: '' })[name])).toBe(value);
  });

  it.each(SECRETS)('is as good or bad as one in the variable: %s', (name) => {
    const bad = { DATABASE_URL, REDIS_URL: 'redis://:redis@cache:6379/0' }[name as string] ?? 'changeme';
    const environment: NodeJS.ProcessEnv = { NODE_ENV: 'production', DATABASE_URL: 'postgresql://mdl@db/mdl' };
    delete environment[name];
    expect(linesOf({ ...environment, [`${name}_FILE`]: file('bad', bad) })).toEqual([
      expect.stringMatching(`^${name}: .*well known`),
    ]);
  });

  it('leaves the environment as it is', () => {
    const environment = { DATABASE_URL_FILE: file('url', DATABASE_URL) };
    readConfig(environment);
    expect(Object.keys(environment)).toEqual(['DATABASE_URL_FILE']);
  });
});

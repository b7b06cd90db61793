import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database';

/** What the service says when it will not start. */
async function refusalOf(environment: Record<string, string>): Promise<string[]> {
  const env = { HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production', ...environment };
  const start = promisify(execFile)(process.execPath, ['.build/main.js'], { env, timeout: 20_000 });
  const { code, killed, stderr } = await start.then(
    () => ({ code: 0, killed: false, stderr: '' }),
    (error: unknown) => error as { code: number; killed: boolean; stderr: string },
  );
  expect([code, killed]).toEqual([1, false]);
  return stderr.trim().split('\n');
}

/** Whether it starts and listens. */
async function listens(environment: Record<string, string>): Promise<boolean> {
  const env = { HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production', ...environment };
  const service = spawn(process.execPath, ['.build/main.js'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let log = '';
  for await (const text of service.stdout.setEncoding('utf8')) {
    log += String(text);
    if (/Listening on/.test(log)) service.kill('SIGKILL');
  }
  return /Listening on/.test(log);
}

const nodesOnPath = () =>
  (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => {
    const node = join(folder, 'node');
    return existsSync(node) ? node : [];
  });
const versionOf = (node: string) => spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout;

describe('the start in production', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    await promisify(execFile)('npm', ['run', '--silent', 'compile']);
    database = await createTestDatabase();
  }, 60_000);
  afterAll(() => database.drop());

  const older = nodesOnPath().find((node) => /^v(1\d|2[0-3])\./.test(versionOf(node)));
  if (!older) console.log('SKIPPED: the start with an older Node.js, which is not installed');
  (older ? it.each : it.skip.each)(['main', 'commands/seed', 'commands/import', 'commands/api-key'])(
    'says in one line which Node.js %s requires',
    (program) => {
      const { status, stderr } = spawnSync(older ?? '', [`.build/${program}.js`], { encoding: 'utf8', env: {} });
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^Node\.js 24\.7\.0 or newer is required; this is .*\n$/),
      ]);
    },
  );

  it('reports every invalid setting on a line of its own, without secrets', async () => {
    const lines = await refusalOf({
      DATABASE_URL: 'postgresql://mdl:postgres@localhost/mdl',
      AUTH_ANONYMOUS_ROLE: 'viewer',
      AUTH_LOCAL: 'true',
      CURSOR_SECRET: 'short-and-sweet',
      REDIS_PASSWORD: 'changeme',
      TRUST_PROXY_HOPS: 'true',
      AUTH_ISSUER: 'http://issuer.example.com',
    });
    const names = lines.map((line) => /^The service cannot start: ([A-Z_]+): ./.exec(line)?.[1]);
    expect(names.sort()).toEqual([
      'AUTH_ANONYMOUS_ROLE',
      'AUTH_AUDIENCE',
      'AUTH_ISSUER',
      'AUTH_SECRET',
      'CURSOR_SECRET',
      'DATABASE_URL',
      'REDIS_PASSWORD',
      'TRUST_PROXY_HOPS',
    ]);
    expect(lines.join('\n')).not.toMatch(/short-and-sweet|changeme|mdl:postgres/);
  });

  it('refuses a database with valid development keys', async () => {
    const env = { ...process.env, NODE_ENV: 'development', DATABASE_URL: database.url };
    const make = (name: string, ...more: string[]) =>
      promisify(execFile)(
        process.execPath,
        ['.build/commands/api-key.js', '--name', name, '--role', 'viewer', ...more],
        {
          env,
        },
      );
    const { stdout: key } = await make('make dev');
    await make('another', '--expires', '2999-01-01');
    const refused = (await refusalOf({ DATABASE_URL: database.url })).map((line) =>
      /^The service cannot start: API key [0-9a-f]{12} \((make dev|another)\) was made for dev: (UPDATE .*)$/.exec(
        line,
      ),
    );
    expect(refused.map((match) => match?.[1]).sort()).toEqual(['another', 'make dev']);
    expect(key).toMatch(/^mdl_dev_/);

    const client = new Client({ connectionString: database.url });
    await client.connect();
    for (const match of refused) await client.query(match?.[2] ?? '');
    await client.end();
    expect(await listens({ DATABASE_URL: database.url })).toBe(true);
  }, 120_000);
});

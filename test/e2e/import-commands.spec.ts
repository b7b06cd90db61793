import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { generatedMetric } from '../../src/exchange/seed/generated-catalogue';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { TestApp } from '../support/app';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { completeMetric } from '../support/documents';

const ROOT = resolve(__dirname, '../..');

/** Runs the compiled commands, each in its own process. */
describe('commands', () => {
  let folder: string;
  let database: TestDatabase;

  beforeAll(async () => {
    // Not to dist/, which another test compiles at the same time; inside the project, for node_modules.
    mkdirSync(join(ROOT, '.data'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.data/commands-'));
    const swc = join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
    const out = join(folder, 'dist');
    execFileSync(process.execPath, [swc, 'src', '--out-dir', out, '--strip-leading-paths', '--quiet'], { cwd: ROOT });
    // The commands expect catalog/ beside the folder of the compiled code.
    symlinkSync(join(ROOT, 'catalog'), join(folder, 'catalog'));
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const start = (command: 'import' | 'seed', args: string[], environment: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [join(folder, `dist/commands/${command}.js`), ...args], {
      env: { ...process.env, DATABASE_URL: database.url, NODE_ENV: 'test', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const result = { code: null as number | null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
    const ended = once(child, 'close').then(([code]) => ({ ...result, code: code as number | null }));
    return { child, ended };
  };
  const run = (...parameters: Parameters<typeof start>) => start(...parameters).ended;

  const file = (name: string, documents: object[]) => {
    const path = join(folder, name);
    writeFileSync(path, documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
    return path;
  };

  const query = async <Row>(sql: string): Promise<Row[]> => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows as Row[];
  };

  test('import reports on standard output, and exits with 1 after a refusal', async () => {
    const path = file('one.ndjson', [completeMetric('from-a-process')]);
    const good = await run('import', [path]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toContain(`${path}\n  1 created, 0 updated, 0 unchanged, 0 refused\n`);
    expect(good.stdout).toContain('Dangling references: 1\n');
    const bad = await run('import', [path, join(folder, 'absent.json')]);
    expect(bad).toMatchObject({ code: 1, stderr: '' });
    expect(bad.stdout).toContain('unreadable_file');
    expect(bad.stdout).toContain('Total: 0 created, 0 updated, 1 unchanged, 1 refused');
  });

  test.each([
    ['import', [], /^import: at least one file is required\nUsage: npm run import/],
    ['import', ['a.json', '--refs', 'maybe'], /^import: --refs must be lenient or strict\nUsage/],
    ['import', ['a.json', '--prune', 'flag'], /^import: --prune needs a source\nUsage/],
    ['import', ['a.json', '--nonsense'], /^import: Unknown option '--nonsense'.*\nUsage/],
    ['seed', ['--metrics', '1e3'], /^seed: --metrics must be a whole number .*\nUsage: npm run seed/],
    ['seed', ['--domains', '3'], /^seed: .* require --metrics\nUsage/],
    ['seed', ['extra'], /^seed: .*\nUsage/],
  ] as const)('%s %j prints the usage and exits with 2', async (command, args, message) => {
    const { code, stdout, stderr } = await run(command, [...args], { DATABASE_URL: '' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test.each(['import', 'seed'] as const)('%s --help prints the usage', async (command) => {
    const { code, stdout, stderr } = await run(command, ['--help'], { DATABASE_URL: '' });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: npm run ${command}`));
  });

  test.each([
    ['no DATABASE_URL', '', /^import: DATABASE_URL is not set\n$/],
    ['an unavailable database', 'postgresql://localhost:1/mdl', /^import: The database .* is unavailable.*\n$/],
    ['a missing database', 'absent', /^import: database "absent" does not exist\n$/],
    ['a database without tables', 'postgres', /^import: The database has no tables\. .*npm run migration:run.*\n$/],
  ])('with %s import prints one line', async (_, where, message) => {
    const url =
      where === '' || where.includes(':') ? where : Object.assign(new URL(database.url), { pathname: where }).href;
    const { code, stdout, stderr } = await run('import', ['absent.json'], { DATABASE_URL: url });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });

  test('import reads the files of a folder, and prints the report as JSON', async () => {
    mkdirSync(join(folder, 'models/nested'), { recursive: true });
    file('models/a.ndjson', [completeMetric('in-a-folder')]);
    writeFileSync(join(folder, 'models/nested/b.yml'), 'metric_id: nested\nname: Nested\n');
    writeFileSync(join(folder, 'models/notes.txt'), 'not read');
    const { code, stdout } = await run('import', [join(folder, 'models'), '--json', '--dry-run', '--source', 'folder']);
    expect(code).toBe(0);
    const names = ['a.ndjson', 'nested/b.yml'].map((name) => ({ name: join(folder, 'models', name), created: 1 }));
    expect(JSON.parse(stdout)).toMatchObject({ source: 'folder', mode: 'merge', dry_run: true, files: names });
  });

  describe('with BASE_URL and MDL_KEY', () => {
    let app: TestApp;
    let environment: Record<string, string>;
    const path = () => file('remote.ndjson', [completeMetric('remote', { owner: 'Of the source' })]);

    beforeAll(async () => {
      app = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' });
      await app.app.listen(0, '127.0.0.1');
      const { key } = await app.app.get(ApiKeys).create({ name: 'import', role: 'editor' }, 'test');
      environment = { BASE_URL: await app.app.getUrl(), MDL_KEY: key, DATABASE_URL: '' };
    });
    afterAll(() => app.stop());

    test('import sends the files to the service, with the output of a local import', async () => {
      const first = await run('import', [path(), '--source', 'nightly'], environment);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toContain('Dangling references: 1\n');
      expect(first.stdout).toContain('\nTotal: 1 created, 0 updated, 0 unchanged, 0 refused\n');
      const again = await run('import', [path(), '--source', 'nightly'], environment);
      expect(again.stdout).toContain('\nTotal: 0 created, 0 updated, 1 unchanged, 0 refused\n');
      expect(await app.sql('SELECT actor, reason FROM revisions')).toEqual([
        { actor: expect.stringMatching(/^key:/) as string, reason: 'import nightly' },
      ]);
    });

    test('import prints refusals and problems, and exits with 1', async () => {
      const refused = await run('import', [file('bad.ndjson', [{ metric_id: 'bad', name: ' ' }])], environment);
      expect([refused.code, refused.stderr]).toEqual([1, '']);
      expect(refused.stdout).toContain('Total: 0 created, 0 updated, 0 unchanged, 1 refused\nNothing was written');
      const denied = await run('import', [path()], { ...environment, MDL_KEY: 'wrong' });
      expect([denied.code, denied.stdout]).toEqual([1, '']);
      expect(denied.stderr).toMatch(/^import: unauthenticated: /);
      const absent = await run('import', [join(folder, 'absent.json')], environment);
      expect([absent.code, absent.stderr]).toEqual([1, expect.stringMatching(/absent.json cannot be read \(ENOENT\)/)]);
      const keyless = await run('import', [path()], { ...environment, MDL_KEY: '' });
      expect([keyless.code, keyless.stderr]).toEqual([1, expect.stringMatching(/^import: MDL_KEY is not set\./)]);
      const unreachable = await run('import', [path()], { ...environment, BASE_URL: 'http://127.0.0.1:1' });
      expect([unreachable.code, unreachable.stderr]).toEqual([1, expect.stringMatching(/BASE_URL cannot be reached/)]);
    });
  });

  test('seed generates metrics in production only with --force', async () => {
    const production = { NODE_ENV: 'production' };
    const refused = await run('seed', ['--metrics', '20'], production);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^seed: NODE_ENV is production.*--force.*\n$/);
    const forced = await run('seed', ['--metrics', '20', '--domains', '2', '--force'], production);
    expect(forced).toMatchObject({ code: 0, stderr: '' });
    expect(forced.stdout).toBe('seed: 2 domains and 20 metrics created, the others exist\n');
  });

  test('Ctrl-C stops an import after a whole batch', async () => {
    const before = await query(`SELECT key FROM metrics`);
    const metrics = Array.from({ length: 6000 }, (_, index) => generatedMetric(100_000 + index, 1));
    const path = file('large.ndjson', metrics);
    const { child, ended } = start('import', [path, '--atomic', 'false', '--source', 'large']);
    const written = async () => (await query(`SELECT key FROM metrics`)).length - before.length;
    while ((await written()) === 0 && child.exitCode === null) await setTimeout(100);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([130, expect.stringMatching(/^import: interrupted.*\n$/)]);
    expect((await written()) % 1000).toBe(0);
    // The source is free at once.
    const again = await run('import', [path, '--source', 'large']);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(await written()).toBe(6000);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CatalogEntry, emptyDatabase, readCatalog } from './catalog';
import type { TestDatabase } from '../support/database';

const run = promisify(execFile);

/** Every command starts a Node process. */
const TIMEOUT_MS = 120_000;

describe('the migrations', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database.drop());

  const migrate = (command: 'run' | 'revert', settings: NodeJS.ProcessEnv = { DATABASE_URL: database.url }) =>
    run('npm', ['run', '--silent', `migration:${command}`], { env: { ...process.env, ...settings } });

  const applied = (catalog: CatalogEntry[]) => catalog.filter(({ name }) => !name.startsWith('migrations'));

  it(
    'leave nothing behind when reverted one by one, and create the same schema again',
    async () => {
      await migrate('run');
      const first = await readCatalog(database.url);
      expect(first.map(({ name }) => name)).toContain('metrics');

      let left = applied(first).length;
      while (left > 0) {
        await migrate('revert');
        const now = applied(await readCatalog(database.url)).length;
        // A migration with an empty `down` would be reverted forever.
        expect(now).toBeLessThan(left);
        left = now;
      }

      await migrate('run');
      expect(await readCatalog(database.url)).toEqual(first);
    },
    TIMEOUT_MS,
  );

  it(
    'run once, when four instances start together',
    async () => {
      const empty = await emptyDatabase();
      try {
        await Promise.all([1, 2, 3, 4].map(() => migrate('run', { DATABASE_URL: empty.url })));
        expect(await readCatalog(empty.url)).toEqual(await readCatalog(database.url));
      } finally {
        await empty.drop();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'read DATABASE_URL_FILE, and report a missing setting',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'mdl-migrations-'));
      const file = join(folder, 'database_url');
      const empty = await emptyDatabase();
      try {
        writeFileSync(file, `${empty.url}\n`);
        await migrate('run', { DATABASE_URL: '', DATABASE_URL_FILE: file });
        expect((await readCatalog(empty.url)).map(({ name }) => name)).toContain('metrics');
        const { stderr } = (await migrate('run', { DATABASE_URL: '' }).catch((error: unknown) => error)) as {
          stderr: string;
        };
        expect(stderr).toContain('DATABASE_URL is not set (nor DATABASE_URL_FILE)');
      } finally {
        rmSync(folder, { recursive: true });
        await empty.drop();
      }
    },
    TIMEOUT_MS,
  );
});

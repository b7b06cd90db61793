import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type CatalogEntry, emptyDatabase, readCatalog } from './catalog';
import type { TestDatabase } from '../support/database';

const run = promisify(execFile);

/** Every command starts a Node of its own. */
const TIMEOUT_MS = 120_000;

describe('the migrations', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database.drop());

  const migrate = (command: 'run' | 'revert') =>
    run('npm', ['run', '--silent', `migration:${command}`], { env: { ...process.env, DATABASE_URL: database.url } });

  const applied = (catalog: CatalogEntry[]) => catalog.filter(({ name }) => !name.startsWith('migrations'));

  it(
    'leave nothing behind when undone one by one, and make the same schema again',
    async () => {
      await migrate('run');
      const first = await readCatalog(database.url);
      expect(first.map(({ name }) => name)).toContain('metrics');

      let left = applied(first).length;
      while (left > 0) {
        await migrate('revert');
        const now = applied(await readCatalog(database.url)).length;
        // A migration whose `down` does nothing would be reverted for ever.
        expect(now).toBeLessThan(left);
        left = now;
      }

      await migrate('run');
      expect(await readCatalog(database.url)).toEqual(first);
    },
    TIMEOUT_MS,
  );
});

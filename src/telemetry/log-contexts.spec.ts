import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_CONTEXTS } from './log-contexts';

describe('LOG_CONTEXTS', () => {
  it('lists the context of every logger in src', () => {
    const cwd = join(__dirname, '..');
    const sources = globSync('**/*.ts', { cwd, exclude: ['**/*.spec.ts'] });
    const contexts = sources.flatMap((file) =>
      [...readFileSync(join(cwd, file), 'utf8').matchAll(/new Logger\('?(\w+)/g)].map(([, context]) => context),
    );
    expect(LOG_CONTEXTS).toEqual([...new Set(contexts)].sort());
  });
});

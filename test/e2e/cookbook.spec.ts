import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { installFromPyPi } from '../../dev/installed.ts';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { seedCatalogue } from '../../src/exchange/seed/seed';
import { TestApp } from '../support/app';

const PACKAGES = ['requests==2.32.5', 'pandas==2.3.3'];
const MINUTE = 60_000;

/** A snippet, and the output that the page shows below it. */
interface Snippet {
  heading: string;
  language: string;
  code: string;
  output: string | undefined;
}

const page = readFileSync('docs/cookbook.md', 'utf8');
const snippets: Snippet[] = page.split(/^## /m).flatMap((section) => {
  const [heading = ''] = section.split('\n', 1);
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$(?:\n+```text\n([\s\S]*?)^```$)?/gm)].map(
    ([, language = '', code = '', output]) => ({ heading, language, code, output }),
  );
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) process.stderr.write('SKIPPED: the Python snippets of docs/cookbook.md, there is no python3\n');

describe('docs/cookbook.md', () => {
  let app: TestApp;
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let url: string;
  /** The languages whose snippets ran. */
  const ran = new Set<string>();
  beforeAll(async () => {
    app = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'viewer' });
    await seedCatalogue(app.app);
    const { key } = await app.app.get(ApiKeys).create({ name: 'make dev', role: 'admin' }, 'test');
    await app.app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.app.getHttpServer().address() as AddressInfo).port}`;
    folder = mkdtempSync(join(tmpdir(), 'mdl-cookbook-'));
    environment = { ...process.env, MDL_KEY: key };
  }, 5 * MINUTE);
  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true });
  });

  /** The program that runs a snippet; undefined where it is not installed. */
  async function interpreter(language: string): Promise<{ program: string; file: string } | undefined> {
    if (language === 'sh') return { program: 'sh', file: 'snippet.sh' };
    if (language === 'ts') return { program: process.execPath, file: 'snippet.mts' };
    const python = hasPython ? await installFromPyPi('cookbook', PACKAGES) : undefined;
    return python === undefined ? undefined : { program: join(python, 'bin/python'), file: 'snippet.py' };
  }

  it.each(snippets.map((snippet, index) => [snippet.heading, index, snippet] as const))(
    '%s, snippet %i, works as it stands',
    async (_heading, _index, { language, code, output }) => {
      expect(['sh', 'python', 'ts']).toContain(language);
      const found = await interpreter(language);
      // Reported as SKIPPED.
      if (!found) return;
      ran.add(language);
      const { program, file } = found;
      const prelude = language === 'sh' ? 'set -e\n' : '';
      writeFileSync(join(folder, file), prelude + code.replaceAll('http://localhost:3000', url));
      const PATH = [join(process.cwd(), 'node_modules/.bin'), process.env['PATH']].join(delimiter);
      const { stdout } = await promisify(execFile)(program, [file], { cwd: folder, env: { ...environment, PATH } });
      if (output === undefined) expect(stdout.trim()).not.toBe('');
      else expect(stdout).toBe(output);
    },
    10 * MINUTE,
  );

  it('has left what its snippets write', async () => {
    const keys = ['made-with-curl', 'made-with-fetch', ...(ran.has('python') ? ['made-with-requests'] : [])];
    for (const key of keys)
      expect((await app.get(`/api/v1/metrics/${key}`)).body).toMatchObject({ version: 2, unit: 'h' });
    if (ran.has('python'))
      expect(readFileSync(join(folder, 'metrics.csv'), 'utf8')).toMatch(/^\uFEFF?metric_id,name,status/);
  });
});

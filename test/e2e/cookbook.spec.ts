import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { installFromPyPi } from '../../dev/installed.ts';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { compileService, Service } from '../support/service';

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
  let database: TestDatabase;
  let service: Service;
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let url: string;
  /** The languages whose snippets ran. */
  const ran = new Set<string>();
  beforeAll(async () => {
    await compileService();
    database = await createTestDatabase();
    const DATABASE_URL = database.serviceUrl ?? database.url;
    const command = (name: string, ...args: string[]) =>
      promisify(execFile)(process.execPath, [`.build/commands/${name}.js`, ...args], { env: { DATABASE_URL } });
    await command('seed');
    const { stdout: key } = await command('api-key', '--name', 'make dev', '--role', 'admin');
    service = new Service({ DATABASE_URL, AUTH_ANONYMOUS_ROLE: 'viewer' });
    url = await service.url();
    folder = mkdtempSync(join(tmpdir(), 'mdl-cookbook-'));
    environment = { ...process.env, MDL_KEY: key.trim() };
  }, 5 * MINUTE);
  afterAll(async () => {
    service.signal('SIGKILL');
    await database.drop();
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
      expect(await (await fetch(`${url}/api/v1/metrics/${key}`)).json()).toMatchObject({ version: 2, unit: 'h' });
    if (ran.has('python'))
      expect(readFileSync(join(folder, 'metrics.csv'), 'utf8')).toMatch(/^\uFEFF?metric_id,name,status/);
  });
});

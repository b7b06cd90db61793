import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hasProgram } from '../../dev/programs.ts';
import { seedCatalogue } from '../../src/exchange/seed/seed';
import { TestApp } from '../support/app';

const MINUTE = 60_000;
const SCENARIOS = readdirSync('k6')
  .filter((file) => file.endsWith('.ts') && readFileSync(join('k6', file), 'utf8').includes('export const options'))
  .map((file) => file.replace('.ts', ''));
const withK6 = hasProgram('k6') ? describe : describe.skip;

interface Ended {
  code: number | null;
  output: string;
}

/** Runs a command. Sends SIGINT when its output contains `interruptAt`. */
async function run(command: string, args: string[], more: NodeJS.ProcessEnv, interruptAt?: string): Promise<Ended> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(command, args, { env: { ...inherited, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (interruptAt !== undefined && output.includes(interruptAt)) child.kill('SIGINT');
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('make load', () => {
  let results: string;

  beforeEach(() => (results = mkdtempSync(join(tmpdir(), 'mdl-load-test-'))));
  afterEach(() => rmSync(results, { recursive: true, force: true }));

  const load = (scenario: string, more: NodeJS.ProcessEnv = {}, interruptAt?: string) =>
    run(process.execPath, ['dev/load.ts'], { SCENARIO: scenario, LOAD_RESULTS: results, ...more }, interruptAt);

  it('lists the scenarios, which are the files of k6/ with options', async () => {
    const { code, output } = await load('smokey');
    expect(code).toBe(1);
    const [, names = ''] = /^make load: set SCENARIO to one of (.+)\n$/.exec(output) ?? [];
    expect(names.split(', ').sort()).toEqual(SCENARIOS.toSorted());
  });

  it('prints how to install k6 if it is missing', async () => {
    const { code, output } = await load('smoke', { PATH: dirname(process.execPath) });
    expect(code).toBe(1);
    expect(output).toContain('go install go.k6.io/k6/v2@v2.2.0');
    expect(output).toContain('grafana/k6:2.2.0 run k6/smoke.ts');
  });

  withK6('with k6', () => {
    it(
      'calls every endpoint of its own service, writes the results, and leaves no process',
      async () => {
        const { code, output } = await load('smoke');
        expect([code, output]).toEqual([0, expect.stringContaining('Next: make load SCENARIO=basic')]);
        expect(output).toContain('rate limit raised: THROTTLE_AUTHENTICATED=');
        expect(output).toContain('✓ every endpoint of openapi.json is called');
        const [page = '', data = ''] = readdirSync(results).sort();
        const { metrics, usage } = JSON.parse(readFileSync(join(results, data), 'utf8'));
        expect(metrics.checks).toMatchObject({ fails: 0, passes: expect.any(Number) });
        expect(metrics.checks.passes).toBeGreaterThan(50);
        expect(usage.at(-1).memory).toBeGreaterThan(50);
        const html = readFileSync(join(results, page), 'utf8');
        expect(html.match(/(?:src|href)="https?:/)).toBeNull();
        const [, packed = ''] = /<script id="data"[^>]*>\s*([^<\s]+)/.exec(html) ?? [];
        const charted = gunzipSync(Buffer.from(packed, 'base64')).toString();
        for (const series of ['cache_hits', 'http_reqs', 'http_req_duration', 'http_req_failed'])
          expect(charted).toContain(`"${series}":{`);
        expect(processesOf(results)).toEqual([]);
      },
      2 * MINUTE,
    );

    it(
      'leaves no process after Ctrl-C',
      async () => {
        const { code } = await load('steady', {}, 'rate limit raised');
        expect(code).toBe(130);
        expect(processesOf(results)).toEqual([]);
      },
      2 * MINUTE,
    );

    it('reports in one line that the service of BASE_URL is unavailable', async () => {
      const { code, output } = await load('basic', { BASE_URL: 'http://127.0.0.1:64999' });
      expect(code).toBe(1);
      expect(output).toMatch(/^make load: http:\/\/127\.0\.0\.1:64999 is unavailable: .*ECONNREFUSED.*$/m);
    });

    it('reports in one line that DURATION is invalid', async () => {
      const { code, output } = await load('steady', { DURATION: 'long' });
      expect(code).toBe(1);
      expect(output).toMatch(/^make load: .+: DURATION must be short or a duration such as 30s or 2m, not long\n$/);
    });

    describe('and a running service', () => {
      let app: TestApp;
      let url: string;

      beforeAll(async () => {
        // Three users export at the same time, and exports use a quarter of the pool.
        app = await TestApp.start({ DATABASE_POOL_SIZE: '16' });
        await seedCatalogue(app.app);
        await app.app.listen(0, '127.0.0.1');
        url = (await app.app.getUrl()).replace('[::1]', '127.0.0.1');
      }, MINUTE);
      afterAll(() => app.stop());

      it(
        'fails if a check fails',
        async () => {
          // One of the endpoints fails.
          await app.sql('ALTER TABLE audit_log RENAME TO audit_log_away');
          const { code, output } = await load('smoke', { BASE_URL: url });
          await app.sql('ALTER TABLE audit_log_away RENAME TO audit_log');
          expect([code, output]).toEqual([99, expect.stringContaining('✗ GET /api/v1/audit')]);
        },
        MINUTE,
      );

      it.each(SCENARIOS)(
        'runs %s with all responses as expected',
        async (scenario) => {
          const summary = join(results, 'summary.json');
          const few = ['--vus', '3', '--iterations', '9', '--quiet', '--no-usage-report', '--summary-export', summary];
          const { code, output } = await run('k6', ['run', ...few, '-e', 'THINK=0.01', `k6/${scenario}.ts`], {
            BASE_URL: url,
          });
          // A few users do not reach all thresholds (99). An invalid threshold has another exit code.
          expect([[0, 99], output]).toEqual([expect.arrayContaining([code]), output]);
          const { metrics } = JSON.parse(readFileSync(summary, 'utf8'));
          expect([metrics.checks, output]).toEqual([expect.objectContaining({ fails: 0 }), output]);
          expect(metrics.checks.passes).toBeGreaterThanOrEqual(9);
          expect(metrics.lost_updates?.count ?? 0).toBe(0);
        },
        MINUTE,
      );
    });
  });
});

/** The processes with this folder in their environment. Empty on systems other than Linux. */
function processesOf(results: string): string[] {
  if (!existsSync('/proc')) return [];
  const environmentOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(results));
}

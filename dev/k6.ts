import { spawnSync } from 'node:child_process';
import { environment } from './commands.ts';
import { startGuarded } from './guarded-process.ts';
import { hasProgram } from './programs.ts';
import { Failure } from './script.ts';

const K6_VERSION = '2.2.0';
const FOLDER = 'k6';

/** The execution plan of a scenario, as `k6 inspect` returns it. */
export interface Plan {
  maxVUs: number;
  scenarios: Record<string, { startTime: string; vus?: number; duration?: string; tags?: { phase?: string } | null }>;
}

/** The scenarios in `k6/`, in the recommended order. The other files are modules of the scenarios. */
export const SCENARIOS = ['smoke', 'basic', 'steady', 'authoring', 'spike', 'stress', 'c10k', 'soak'];

/** Reads the plan of a scenario. @throws Failure if k6 is not installed, or if the scenario is invalid */
export function planOf(scenario: string): Plan {
  if (!hasProgram('k6'))
    throw new Failure(
      [
        `k6 2 is not installed. With Go 1.25 or newer:`,
        `  go install go.k6.io/k6/v2@v${K6_VERSION}     ($(go env GOPATH)/bin must be in PATH)`,
        `or with the image, for a running service:`,
        `  docker run --rm --network host -v "$PWD:/mdl" -w /mdl -e BASE_URL -e MDL_KEY grafana/k6:${K6_VERSION} run k6/${scenario}.ts`,
      ].join('\n'),
    );
  // Unlike `k6 run`, `k6 inspect` ignores environment variables by default.
  const args = ['inspect', '--include-system-env-vars', '--execution-requirements', `${FOLDER}/${scenario}.ts`];
  const { status, stdout, stderr } = spawnSync('k6', args, { encoding: 'utf8', env: environment() });
  if (status !== 0) {
    const reason = /Error: (.+?)(?:\\n|"|$)/.exec(stderr)?.[1] ?? stderr.trim();
    throw new Failure(`${FOLDER}/${scenario}.ts is invalid: ${reason}`);
  }
  return JSON.parse(stdout) as Plan;
}

/** Runs a scenario on this terminal and writes its summary and HTML page to files. @returns the exit code of k6 */
export function runK6(scenario: string, env: NodeJS.ProcessEnv, summary: string, page: string): Promise<number> {
  const quiet = process.stdout.isTTY ? [] : ['--quiet'];
  const statistics = ['--summary-trend-stats', 'avg,min,med,max,p(90),p(95),p(99)', '--summary-export', summary];
  const args = ['run', ...quiet, '--no-usage-report', ...statistics, `${FOLDER}/${scenario}.ts`];
  const dashboard = {
    K6_WEB_DASHBOARD: 'true',
    // Only the page, no server.
    K6_WEB_DASHBOARD_PORT: '-1',
    K6_WEB_DASHBOARD_PERIOD: scenario === 'smoke' ? '100ms' : '1s',
    K6_WEB_DASHBOARD_EXPORT: page,
    XK6_DASHBOARD_CONFIG: `${FOLDER}/dashboard.json`,
  };
  return startGuarded('k6', args, { env: environment({ ...dashboard, ...env }), inherit: true, stopSignal: 'INT' })
    .exited;
}

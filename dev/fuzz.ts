/**
 * `make fuzz` sends requests that Schemathesis generates from openapi.json, valid and invalid, to a new service. It
 * fails for a 5xx, and where service and contract disagree. EXAMPLES (2000) is their most for each operation; there are
 * fewer where there is little to vary. SEED repeats a run. WORKERS is the number of processes of Schemathesis, which each
 * use one core and share the examples.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run, startGuarded } from './guarded-process.ts';
import { startTarget, type Target } from './load-target.ts';
import { Failure, main, step } from './script.ts';

const VERSION = '4.32.5';
const FOLDER = 'node_modules/.cache/schemathesis';
const SETTINGS = 'node_modules/.cache/schemathesis.toml';
/** Writes that wait for a bulk request of 1,000 items on a slow machine must not get 503. */
const PATIENT = {
  DATABASE_LOCK_TIMEOUT_MS: '60000',
  DATABASE_POOL_TIMEOUT_MS: '60000',
  DATABASE_STATEMENT_TIMEOUT_MS: '60000',
  HANDLER_TIMEOUT_MS: '90000',
  SEND_TIMEOUT_MS: '100000',
};
/** Of Schemathesis: no 5xx; documented statuses, types and bodies; what the schema refuses is refused, and no more. */
const CHECKS =
  process.env['CHECKS'] ??
  [
    ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
    ...['response_schema_conformance', 'negative_data_rejection', 'positive_data_acceptance'],
  ].join();

async function fuzz(): Promise<number> {
  const examples = whole('EXAMPLES', 2000);
  const seed = whole('SEED', Math.floor(Math.random() * 1e9));
  // The service and PostgreSQL need the other cores.
  const workers = whole('WORKERS', Math.max(1, Math.floor(availableParallelism() / 2)));
  const program = await install();
  writeFileSync(SETTINGS, settingsOf(Math.ceil(examples / workers)));
  const target = await startTarget(PATIENT);
  const env = { ...process.env, PYTHONPATH: 'dev', SCHEMATHESIS_HOOKS: 'schemathesis_hooks' };
  const start = (_: unknown, worker: number) => {
    const args = argumentsOf(target, seed + worker, worker === 0);
    return startGuarded(program, args, { env, inherit: true }).exited;
  };
  const codes = await Promise.all(Array.from({ length: workers }, start));
  const { total, failures } = await countResponses(target);
  const repeat = `SEED=${seed} EXAMPLES=${examples} WORKERS=${workers} make fuzz`;
  console.log(`\n${total} requests, ${failures} responses with 5xx. Repeat the run with: ${repeat}`);
  if (failures > 0) console.log('Each 5xx is above with a curl command: repeat it against make dev, with its API key.');
  const hasErrors = codes.some((code) => code !== 0);
  if (hasErrors && failures === 0) console.log('No 5xx, but Schemathesis reports other failures or errors above.');
  return hasErrors || failures > 0 ? 1 : 0;
}

/**
 * A bulk request takes as long to generate as many others. Every 4xx is a rejection, of which the default lacks 412, 413
 * and 415; so is 207, by which a bulk request with atomic=false rejects items.
 */
const settingsOf = (examples: number) => `
generation.max-examples = ${examples}
[checks.negative_data_rejection]
expected-statuses = [207, "4xx", "5xx"]
[[operations]]
include-path-regex = "/bulk$"
generation.max-examples = ${Math.ceil(examples / 20)}
`;

/** @param isFirst whether to send the fixed requests too, which do not depend on the seed */
function argumentsOf({ address, key }: Target, seed: number, isFirst: boolean): string[] {
  return [
    ...['--config-file', SETTINGS, 'run', 'openapi.json', '--url', address, '--header', `Authorization: Bearer ${key}`],
    ...['--seed', String(seed), '--checks', CHECKS, '--continue-on-failure'],
    // It revokes the key and ends the session that the requests need.
    ...['--exclude-operation-id', 'revokeApiKey', '--no-color', '--warnings', 'off'],
    // In several threads Python 3.11 fails now and then (CPython issue 106905).
    ...['--workers', '1'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all', '--request-timeout', '60'],
    ...(isFirst ? [] : ['--phases', 'fuzzing,stateful']),
  ];
}

/** The responses as the service counted them. */
async function countResponses({ address, key }: Target): Promise<{ total: number; failures: number }> {
  const response = await fetch(`${address}/api/metrics`, { headers: { authorization: `Bearer ${key}` } }).catch(() => {
    throw new Failure('the service ended, or does not respond');
  });
  const { requests } = (await response.json()) as {
    requests: { total: number; statuses: { status: number; count: number }[] };
  };
  const failed = requests.statuses.filter(({ status }) => status >= 500);
  return { total: requests.total, failures: failed.reduce((sum, { count }) => sum + count, 0) };
}

function whole(name: string, byDefault: number): number {
  const value = Number(process.env[name] ?? byDefault);
  if (!Number.isInteger(value) || value < 1) throw new Failure(`${name} must be a whole number of at least 1`);
  return value;
}

/** Installs it from PyPI, unless it is installed. @returns the program */
async function install(): Promise<string> {
  const { stdout } = spawnSync('schemathesis', ['--version'], { encoding: 'utf8' }) as { stdout: string | null };
  if (stdout?.includes(VERSION)) return 'schemathesis';
  const program = join(FOLDER, 'bin', 'schemathesis');
  if (existsSync(program)) return program;
  if (spawnSync('python3', ['--version']).status !== 0) throw new Failure('Python 3.10 or newer is required');
  await step(async () => {
    await run('python3 -m venv', 'python3', ['-m', 'venv', FOLDER], process.env);
    await run('pip', join(FOLDER, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`], process.env);
    return `schemathesis ${VERSION} installed`;
  });
  return program;
}

await main('make fuzz', fuzz);

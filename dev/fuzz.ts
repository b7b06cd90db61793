/**
 * `make fuzz` sends requests that Schemathesis generates from openapi.json, valid and invalid, to a new service. It
 * fails for a 5xx, and where service and contract disagree. EXAMPLES (600) is their number for each operation.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, startGuarded } from './guarded-process.ts';
import { startTarget } from './load-target.ts';
import { Failure, main, step } from './script.ts';

const VERSION = '4.32.5';
const FOLDER = 'node_modules/.cache/schemathesis';
/** Of Schemathesis: no 5xx; documented statuses, types and bodies; what the schema refuses is refused, and no more. */
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  ...['response_schema_conformance', 'negative_data_rejection', 'positive_data_acceptance'],
].join();

async function fuzz(): Promise<number> {
  const program = await install();
  const { address, key } = await startTarget();
  const args = [
    ...['--config-file', 'dev/schemathesis.toml', 'run', 'openapi.json', '--url', address],
    ...['--header', `Authorization: Bearer ${key}`, '--checks', process.env['CHECKS'] ?? CHECKS],
    ...['--max-examples', process.env['EXAMPLES'] ?? '600', '--continue-on-failure'],
    // A bulk request of 1,000 items takes seconds on a busy machine.
    ...['--request-timeout', '60'],
    // It revokes the key and ends the session that the requests need.
    ...['--exclude-operation-id', 'revokeApiKey', '--workers', '4', '--no-color', '--warnings', 'off'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all'],
    ...(process.env['SEED'] ? ['--seed', process.env['SEED']] : []),
  ];
  const env = { ...process.env, PYTHONPATH: 'dev', SCHEMATHESIS_HOOKS: 'schemathesis_hooks' };
  const { exited } = startGuarded(program, args, { env, inherit: true });
  const code = await exited;
  const response = await fetch(`${address}/api/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const { requests } = (await response.json()) as { requests: Record<string, unknown> };
  console.log(`\nThe service counted: ${JSON.stringify(requests)}`);
  console.log(code === 0 ? 'No failure was found.' : 'Repeat the requests above with curl against make dev.');
  return code;
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

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';

/** Ends a check that hangs before its test times out. */
const TIMEOUT_MS = 290_000;

/**
 * Runs a check with `--json` in a process of its own, at a low priority: other tests have timeouts.
 *
 * @returns its result, the line of JSON in its output
 * @throws Error with the output of a check that has no result
 */
export async function runCheck<Result>(
  program: string,
  options: string[],
): Promise<{ result: Result; output: string }> {
  const args = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', program, ...options, '--json'];
  const check = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
  if (check.pid !== undefined) setPriority(check.pid, 10);
  let output = '';
  for (const stream of [check.stdout, check.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(check, 'close');
  const line = output.split('\n').find((text) => text.startsWith('{"sound"'));
  if (line === undefined) throw new Error(output);
  return { result: JSON.parse(line) as Result, output };
}

import { environment } from './commands.ts';
import { collect, run, startGuarded } from './guarded-process.ts';
import { seconds } from './script.ts';

/** The static checks, slowest first. Each is also a script of package.json. */
const CHECKS: Record<string, string[]> = {
  lint: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
  typecheck: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  architecture: [
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    'src',
    '--config',
    '.dependency-cruiser.cjs',
  ],
  openapi: ['node_modules/@redocly/cli/bin/cli.js', 'lint', 'openapi.json'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  language: ['dev/language.ts'],
};
/** Generates the types of clients/typescript, which `lint` and `typecheck` read. */
const CLIENT_TYPES = [
  'node_modules/openapi-typescript/bin/cli.js',
  'openapi.json',
  '--output',
  'clients/typescript/src/openapi.ts',
];
/** A small machine has two cores. */
const CONCURRENCY = 2;

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs all checks. Prints one line for each, and the output of failed checks. */
export async function runChecks(): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  await run('client:types', process.execPath, CLIENT_TYPES, environment());
  const waiting = Object.entries(CHECKS);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, args] = next;
      const start = performance.now();
      const { exited, output } = startGuarded(process.execPath, args, { env: environment() });
      const [code, text] = await Promise.all([exited, collect(output)]);
      const passed = code === 0;
      if (!passed) console.log(text.trimEnd());
      console.log(`  ${passed ? 'passed' : 'FAILED'}  ${name.padEnd(62)} ${seconds(start)}`);
      counts[passed ? 'passed' : 'failed']++;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return counts;
}

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counts } from './checks.ts';
import { environment } from './commands.ts';
import { atEnd } from './script.ts';

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
}

/** Runs Jest on this terminal. A file that cannot be loaded counts as one failed test. */
export async function runJest(args: string[], env: NodeJS.ProcessEnv): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'mdl-jest-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const reportFile = join(folder, 'report.json');
  const options = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const jest = spawn(
    process.execPath,
    [...options, ...args, '--reporters=default', '--reporters=<rootDir>/dev/jest-report.cjs'],
    {
      // Each test sets the Redis of its service. The Redis of the developer is not used.
      env: environment({ ...env, REDIS_URL: '', REDIS_HOST: '', MDL_JEST_REPORT: reportFile }),
      stdio: 'inherit',
    },
  );
  atEnd(() => void jest.kill());
  const code = await new Promise<number | null>((resolve) => jest.on('exit', resolve));
  const counts = readCounts(reportFile);
  // Other errors of Jest, such as an unknown option, are failures too.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function readCounts(reportFile: string): Counts {
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { environment } from '../../dev/commands.ts';
import { run } from '../../dev/guarded-process.ts';
import { atEnd } from '../../dev/script.ts';

/** Compiles the service to a folder of its own: another build may change under instances that are restarted. */
export async function compile(): Promise<string> {
  mkdirSync('.data', { recursive: true });
  const folder = mkdtempSync('.data/build-');
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const swc = ['node_modules/@swc/cli/bin/swc.js', 'src', '--out-dir', folder, '--strip-leading-paths', '--quiet'];
  await run('the compiler', process.execPath, swc, environment());
  return resolve(folder);
}

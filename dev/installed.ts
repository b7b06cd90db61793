import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = 'node_modules/.cache/tools';

/**
 * Installs tools of a registry that are too large for package.json, once for each set of versions.
 *
 * @returns their folder; undefined where they cannot be installed, for example offline
 */
async function installOnce(name: string, packages: string[], install: (folder: string) => Promise<unknown>) {
  const folder = resolve(CACHE, `${name}-${packages.join('-').replaceAll(/[^\w.-]/g, '_')}`);
  if (existsSync(join(folder, '.installed'))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await install(folder);
  } catch (error) {
    process.stderr.write(`SKIPPED: ${packages.join(', ')} cannot be installed: ${String(error).slice(0, 300)}\n`);
    return undefined;
  }
  writeFileSync(join(folder, '.installed'), '');
  return folder;
}

/** Installs packages of npm. @returns the folder that has them in node_modules */
export const installFromNpm = (name: string, packages: string[]): Promise<string | undefined> =>
  installOnce(name, packages, (folder) =>
    run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...packages]),
  );

/** Installs packages of PyPI into a virtual environment. @returns its folder */
export const installFromPyPi = (name: string, packages: string[]): Promise<string | undefined> =>
  installOnce(name, packages, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]);
  });

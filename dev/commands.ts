import { delimiter, resolve } from 'node:path';

/** The environment of every command: its `node` is the project's own, whatever Node the machine has. */
export function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${resolve('node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`, ...more };
}

// The same commands as the scripts of package.json, without the time that npm itself takes.
const nest = 'node_modules/@nestjs/cli/bin/nest.js';
export const compile = [nest, 'build', '--builder', 'swc'];
/** To `.build/`, in a second. */
export const compileFast = [
  'node_modules/@swc/cli/bin/swc.js',
  'src',
  '--out-dir',
  '.build',
  '--strip-leading-paths',
  '--quiet',
];
// Nest starts the service by a shell, which would take the signal to stop for itself; `exec` makes it the service.
export const startAndWatch = [nest, 'start', '--watch', '--builder', 'swc', '--exec', 'exec node'];
export const migrate = ['node_modules/typeorm/cli.js', 'migration:run', '-d', 'migrations/data-source.ts'];
/** Makes a key for a month that takes the place of those of its name. */
export const createKey = (name: string, folder: 'dist' | '.build') => [
  '--enable-source-maps',
  `${folder}/commands/api-key.js`,
  '--name',
  name,
  '--role',
  'admin',
  '--replace',
  '--expires',
  new Date(Date.now() + 30 * 86_400_000).toISOString(),
];
export const seed = ['--enable-source-maps', 'dist/commands/seed.js'];
/** Inserts generated metrics. */
export const seedMetrics = (count: number) => ['.build/commands/seed.js', '--metrics', String(count), '--force'];

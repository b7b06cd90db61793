import { delimiter, resolve } from 'node:path';

/** The environment of a command: `node` is the one in node_modules. */
export function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${resolve('node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`, ...more };
}

// The same commands as the scripts of package.json, without the start-up time of npm.
const nest = 'node_modules/@nestjs/cli/bin/nest.js';
export const compile = [nest, 'build', '--builder', 'swc'];
/** Compiles to `.build/` in a second, without type checks. */
export const compileFast = [
  'node_modules/@swc/cli/bin/swc.js',
  'src',
  '--out-dir',
  '.build',
  '--strip-leading-paths',
  '--quiet',
];
// Nest starts the service in a shell. `exec` replaces the shell, which would not forward signals.
export const startAndWatch = [nest, 'start', '--watch', '--builder', 'swc', '--exec', 'exec node'];
export const migrate = ['node_modules/typeorm/cli.js', 'migration:run', '-d', 'migrations/data-source.ts'];
/** Creates an API key for 30 days and revokes older keys with its name. */
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

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { collect, startGuarded } from '../dev/guarded-process.ts';
import { tryPort } from '../dev/ports.ts';
import { Failure } from '../dev/script.ts';

/** A running server that is measured. */
export interface Side {
  address: string;
  pid: number;
}

const PATIENCE_MS = 30_000;
const POOL_SIZE = '10';
const LIMITLESS = '1000000000';

/** So high that nobody meets them; they are counted all the same. */
export const RAISED_LIMITS = {
  THROTTLE_ANONYMOUS: LIMITLESS,
  THROTTLE_AUTHENTICATED: LIMITLESS,
  THROTTLE_WRITES: LIMITLESS,
};

/** The service as it runs in production. Its log is written and thrown away; its limits are raised. */
const PRODUCTION = {
  DATABASE_POOL_SIZE: POOL_SIZE,
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  LOG_PRETTY: 'false',
  THROTTLE_ENABLED: 'true',
  ...RAISED_LIMITS,
  HOST: '127.0.0.1',
  AUTH_ANONYMOUS_ROLE: 'admin',
  AUTH_ANONYMOUS_ALLOWED: 'true',
};

/** How the service is set up: `strict` is as it comes, never stale; `relaxed` may be 50 ms late. */
export const MODES = {
  strict: { ENABLE_CACHE: 'true', CACHE_MAX_STALENESS_MS: '0' },
  relaxed: { ENABLE_CACHE: 'true', CACHE_MAX_STALENESS_MS: '50' },
  uncached: { ENABLE_CACHE: 'false' },
} as const;

export type Mode = keyof typeof MODES;

export const startService = (databaseUrl: string, mode: Mode, more: Record<string, string> = {}): Promise<Side> =>
  startServer([...production.flags, '.build/main.js'], {
    ...production.environment,
    ...PRODUCTION,
    ...MODES[mode],
    ...more,
    DATABASE_URL: databaseUrl,
  });

/** The same without request log, telemetry and timing. */
export const startUnobserved = (databaseUrl: string): Promise<Side> =>
  startService(databaseUrl, 'strict', { NODE_OPTIONS: '--require ./bench/unobserved.cjs' });

/** What `npm run start:prod` gives to Node, beside the program. */
const production = readProduction();

function readProduction(): { flags: string[]; environment: Record<string, string> } {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const words = (scripts['start:prod'] ?? '').split(' ');
  const settings = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('=', 2) as [string, string]);
  return { flags: words.filter((word) => word.startsWith('--')), environment: Object.fromEntries(settings) };
}

/** The handlers written by hand, with as many connections to the database. */
export const startHandWritten = (databaseUrl: string): Promise<Side> =>
  startServer(['bench/hand-written.ts'], { DATABASE_URL: databaseUrl, POOL_SIZE, NODE_ENV: 'production' });

/** Plain Fastify, sending what `origin` answered when it started. `kept` says what to ask there, by path of its own. */
export const startPlain = (origin: Side, kept: Record<string, Kept>): Promise<Side> =>
  startServer(['bench/plain.ts'], { ORIGIN: origin.address, KEPT: JSON.stringify(kept), NODE_ENV: 'production' });

/** A question whose answer plain Fastify keeps. */
export interface Kept {
  path: string;
  headers: Record<string, string>;
}

async function startServer(args: string[], settings: Record<string, string>): Promise<Side> {
  const port = String((await tryPort(0, '127.0.0.1')) ?? '');
  const { pid, ended } = await startCommand(process.execPath, args, { ...settings, PORT: port });
  const address = `http://127.0.0.1:${port}`;
  await Promise.race([untilReady(address), ended]);
  return { address, pid };
}

/** Starts a command that ends with the script. `ended` rejects with its complaints when it ends before. */
export async function startCommand(
  program: string,
  args: string[],
  settings: Record<string, string>,
): Promise<{ pid: number; ended: Promise<never> }> {
  // A shell gives the log to the null device: a pipe would make this process do the server's work.
  const command = ['-c', 'echo $$; exec "$0" "$@" >/dev/null', program, ...args];
  const { exited, output } = startGuarded('/bin/sh', command, { env: { ...process.env, ...settings } });
  const [standardOutput = Readable.from([]), standardError] = output;
  const complaints = collect(standardError ? [standardError] : []);
  const ended = exited.then(async () => {
    throw new Failure(`${[program, ...args].join(' ')} ended: ${await complaints}`);
  });
  ended.catch(() => undefined);
  const first = await createInterface({ input: standardOutput })[Symbol.asyncIterator]().next();
  return { pid: Number(first.value), ended };
}

async function untilReady(address: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const response = await fetch(`${address}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await setTimeout(50);
  }
  throw new Failure(`${address} is not ready after ${PATIENCE_MS / 1000} s`);
}

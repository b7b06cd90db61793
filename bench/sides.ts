import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { collect, startGuarded } from '../dev/guarded-process.ts';
import { tryPort } from '../dev/ports.ts';
import { Failure } from '../dev/script.ts';

/** A running server under measurement. */
export interface Side {
  address: string;
  pid: number;
}

const START_DEADLINE_MS = 30_000;
const POOL_SIZE = '10';
const UNLIMITED = '1000000000';

/** Rate limits that no measurement reaches. Requests are counted as in production. */
export const RAISED_LIMITS = {
  THROTTLE_ANONYMOUS: UNLIMITED,
  THROTTLE_AUTHENTICATED: UNLIMITED,
  THROTTLE_WRITES: UNLIMITED,
  THROTTLE_BULK: UNLIMITED,
  THROTTLE_EXPORT: UNLIMITED,
  THROTTLE_SIGN_IN: UNLIMITED,
};

/** The rate limits of production: an empty variable counts as not set. */
export const DEFAULT_LIMITS = Object.fromEntries(Object.keys(RAISED_LIMITS).map((name) => [name, '']));

/** The settings of production, with raised rate limits. The log is written to the null device. */
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

/** The cache settings: `strict` (default) never serves stale data, `relaxed` allows 50 ms of staleness. */
const MODES = {
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

/** Starts the service without request log, telemetry and timing. */
export const startUnobserved = (databaseUrl: string): Promise<Side> =>
  startService(databaseUrl, 'strict', { NODE_OPTIONS: '--require ./bench/unobserved.cjs' });

/** The flags and environment variables of `npm run start:prod`. */
const production = readProduction();

function readProduction(): { flags: string[]; environment: Record<string, string> } {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const words = (scripts['start:prod'] ?? '').split(' ');
  const settings = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('=', 2) as [string, string]);
  return { flags: words.filter((word) => word.startsWith('--')), environment: Object.fromEntries(settings) };
}

/** Starts the hand-written handlers with the same number of database connections. */
export const startHandWritten = (databaseUrl: string): Promise<Side> =>
  startServer(['bench/hand-written.ts'], { DATABASE_URL: databaseUrl, POOL_SIZE, NODE_ENV: 'production' });

/** Starts plain Fastify with the responses of `origin`. `responses` maps each path to the request for its response. */
export const startPlain = (origin: Side, responses: Record<string, FixedRequest>): Promise<Side> =>
  startServer(['bench/plain.ts'], {
    ORIGIN: origin.address,
    RESPONSES: JSON.stringify(responses),
    NODE_ENV: 'production',
  });

/** A request whose response plain Fastify returns. */
export interface FixedRequest {
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

/** Starts a command that ends with the script. `ended` rejects with its standard error if it ends earlier. */
export async function startCommand(
  program: string,
  args: string[],
  settings: Record<string, string>,
): Promise<{ pid: number; ended: Promise<never> }> {
  // A shell redirects the log to the null device: reading a pipe would cost CPU time in this process.
  const command = ['-c', 'echo $$; exec "$0" "$@" >/dev/null', program, ...args];
  const { exited, output } = startGuarded('/bin/sh', command, { env: { ...process.env, ...settings } });
  const [standardOutput = Readable.from([]), standardError] = output;
  const errors = collect(standardError ? [standardError] : []);
  const ended = exited.then(async () => {
    throw new Failure(`${[program, ...args].join(' ')} ended: ${await errors}`);
  });
  ended.catch(() => undefined);
  const first = await createInterface({ input: standardOutput })[Symbol.asyncIterator]().next();
  return { pid: Number(first.value), ended };
}

async function untilReady(address: string): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (performance.now() < deadline) {
    const response = await fetch(`${address}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await setTimeout(50);
  }
  throw new Failure(`${address} was not ready within ${START_DEADLINE_MS / 1000} s`);
}

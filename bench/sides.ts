import { setTimeout } from 'node:timers/promises';
import { collect, startGuarded } from '../dev/guarded-process.ts';
import { tryPort } from '../dev/ports.ts';
import { Failure } from '../dev/script.ts';

const PATIENCE_MS = 30_000;
const POOL_SIZE = '10';

/** The service as it runs in production, its log written and thrown away. Returns its address. */
export const startService = (databaseUrl: string): Promise<string> =>
  startSide(['.build/main.js'], {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: POOL_SIZE,
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    LOG_PRETTY: 'false',
    HOST: '127.0.0.1',
  });

/** The hand-written handlers, with as many connections. Returns their address. */
export const startYardstick = (databaseUrl: string): Promise<string> =>
  startSide(['bench/yardsticks.ts'], { DATABASE_URL: databaseUrl, POOL_SIZE, NODE_ENV: 'production' });

async function startSide(args: string[], settings: Record<string, string>): Promise<string> {
  const port = String((await tryPort(0, '127.0.0.1')) ?? '');
  const env = { ...process.env, ...settings, PORT: port };
  // A shell gives the log to the null device: a pipe would make this process do the service's work.
  const command = ['-c', 'exec "$0" "$@" >/dev/null', process.execPath, ...args];
  const { exited, output } = startGuarded('/bin/sh', command, { env });
  const complaints = collect(output);
  const failed = exited.then(async () => {
    throw new Failure(`${args.join(' ')} ended: ${await complaints}`);
  });
  const address = `http://127.0.0.1:${port}`;
  await Promise.race([untilReady(address), failed]);
  failed.catch(() => undefined);
  return address;
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

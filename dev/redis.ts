import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { startGuarded } from './guarded-process.ts';
import { tryPort } from './ports.ts';
import { Failure } from './script.ts';

const HOST = '127.0.0.1';
const START_DEADLINE_MS = 30_000;

/** A running server. */
export interface Redis {
  url: string;
  port: number;
  /** Of the server itself, for signals. */
  pid: number;
  /** Kills it; it has nothing to save. */
  stop(): Promise<void>;
}

/** Whether this machine has a redis-server. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** Starts an empty Redis that keeps nothing on disk, on a free port unless told otherwise. It stops with the script. */
export async function startThrowAwayRedis(given?: number): Promise<Redis> {
  const port = given ?? (await tryPort(0, HOST));
  if (port === undefined) throw new Failure('this machine has no free port');
  const options = { port: String(port), bind: HOST, save: '', appendonly: 'no', dir: tmpdir(), databases: '16' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const server = startGuarded('redis-server', args);
  let hasEnded = false;
  void server.exited.finally(() => (hasEnded = true)).catch(() => undefined);
  let log = '';
  const ready = new Promise<'ready'>((isReady) => {
    for (const stream of server.output) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        log = (log + chunk).slice(-10_000);
        if (log.includes('Ready to accept connections')) isReady('ready');
      });
    }
  });
  const late = new Promise<'late'>((isLate) => setTimeout(() => isLate('late'), START_DEADLINE_MS).unref());
  const outcome = await Promise.race([ready, server.exited, late]);
  const pid = Number(/\bpid=(\d+)/.exec(log)?.[1]);
  if (outcome !== 'ready' || !Number.isInteger(pid)) {
    await server.stop();
    throw new Failure(`redis-server does not start: ${log.trim().split('\n').at(-1) ?? ''}`);
  }
  return {
    url: `redis://${HOST}:${port}`,
    port,
    pid,
    stop: async () => {
      // The only signal that a frozen process hears.
      if (!hasEnded) process.kill(pid, 'SIGKILL');
      await server.exited;
    },
  };
}

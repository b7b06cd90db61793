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
  /** The process id of the server, for signals. */
  pid: number;
  /** Kills the server, which has no data to save. */
  stop(): Promise<void>;
}

/** Whether redis-server is installed. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** Starts an empty Redis without persistence, on a free port by default. It stops with the script. */
export async function startTemporaryRedis(given?: number): Promise<Redis> {
  const port = given ?? (await tryPort(0, HOST));
  if (port === undefined) throw new Failure('there is no free port');
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
      // The only signal that a process receives after SIGSTOP.
      if (!hasEnded) process.kill(pid, 'SIGKILL');
      await server.exited;
    },
  };
}

import { spawnSync } from 'node:child_process';
import { createConnection } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { tryPort } from '../dev/ports.ts';
import { atEnd } from '../dev/script.ts';
import { startCommand } from './sides.ts';

export interface Redis {
  url: string;
  version: string;
  /** Stops the process with SIGSTOP: its connections stay open and it does not respond. */
  freeze: () => void;
  thaw: () => void;
}

/** Starts an empty redis-server without persistence; undefined if it is not installed. It stops with the script. */
export async function startRedis(): Promise<Redis | undefined> {
  const { status, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const port = (await tryPort(0, '127.0.0.1')) ?? 0;
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const { pid, ended } = await startCommand('redis-server', settings, {});
  await Promise.race([untilListening(port), ended]);
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => () => void process.kill(pid, name);
  // A stopped process does not receive SIGTERM.
  atEnd(signal('SIGCONT'));
  return {
    url: `redis://127.0.0.1:${port}/0`,
    version: /v=(\S+)/.exec(stdout)?.[1] ?? '',
    freeze: signal('SIGSTOP'),
    thaw: signal('SIGCONT'),
  };
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await setTimeout(20);
  }
}

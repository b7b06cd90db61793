import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GuardedProcess, startGuarded } from '../../dev/guarded-process.ts';
import { tryPort } from '../../dev/ports.ts';
import { Failure } from '../../dev/script.ts';

const TIMEOUT_MS = 30_000;

/** A redis-server that the check kills, freezes and empties. */
export class Redis {
  readonly url: string;
  private readonly port: number;
  private process: GuardedProcess | undefined;
  private pid = 0;

  private constructor(port: number) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** Undefined where redis-server is not installed. */
  static async start(): Promise<Redis | undefined> {
    if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
    const port = await tryPort(0, '127.0.0.1');
    if (port === undefined) throw new Failure('this machine has no free port');
    const redis = new Redis(port);
    await redis.start();
    return redis;
  }

  /** kill -9, then an empty server on the same port. */
  async crash(downMs: number): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.process?.exited;
    await sleep(downMs);
    await this.start();
  }

  async freeze(forMs: number): Promise<void> {
    process.kill(this.pid, 'SIGSTOP');
    await sleep(forMs);
    process.kill(this.pid, 'SIGCONT');
  }

  /** FLUSHALL. */
  async empty(): Promise<void> {
    await this.send('FLUSHALL');
  }

  private async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    // The shell prints the process id that redis-server gets; the guard around it has another one.
    const guarded = startGuarded(
      '/bin/sh',
      ['-c', 'echo "pid $$"; exec redis-server "$@"', 'sh', ...options, '--dir', tmpdir()],
      {},
    );
    this.process = guarded;
    for (const stream of guarded.output) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        const pid = /^pid (\d+)$/m.exec(text)?.[1];
        if (pid !== undefined) this.pid = Number(pid);
      });
    }
    for (const deadline = performance.now() + TIMEOUT_MS; performance.now() < deadline; await sleep(20)) {
      if ((await this.send('PING').catch(() => '')) === '+PONG') return;
    }
    throw new Failure('redis-server does not start');
  }

  /** Sends one inline command (Redis protocol specification) over a new connection. */
  private async send(command: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.write(`${command}\r\n`);
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return reply.toString().trim();
    } finally {
      socket.destroy();
    }
  }
}

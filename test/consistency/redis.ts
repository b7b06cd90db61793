import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GuardedProcess, startGuarded } from '../../dev/guarded-process.ts';
import { tryPort } from '../../dev/ports.ts';
import { Failure } from '../../dev/script.ts';

const PATIENCE_MS = 30_000;

/** A redis-server of the check's own, which is killed, frozen and emptied. */
export class Redis {
  readonly url: string;
  private readonly port: number;
  private process: GuardedProcess | undefined;
  private pid = 0;

  private constructor(port: number) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** Undefined where there is no redis-server on the PATH. */
  static async start(): Promise<Redis | undefined> {
    if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
    const port = await tryPort(0, '127.0.0.1');
    if (port === undefined) throw new Failure('this machine has no free port');
    const redis = new Redis(port);
    await redis.start();
    return redis;
  }

  /** kill -9, then an empty one on the same port. */
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
    await this.ask('FLUSHALL');
  }

  private async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    // The shell tells the number of the process that it becomes: the guard around it has another one.
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
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(20)) {
      if ((await this.ask('PING').catch(() => '')) === '+PONG') return;
    }
    throw new Failure('redis-server does not start');
  }

  /** One inline command (Redis protocol specification) on a connection of its own. */
  private async ask(command: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.write(`${command}\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString().trim();
    } finally {
      socket.destroy();
    }
  }
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export type Line = Record<string, unknown>;

/** Compiles what `Service` runs. */
export const compileService = () => promisify(execFile)('npm', ['run', '--silent', 'compile']);

/** The compiled service as a process with exactly the given environment. */
export class Service {
  stdout = '';
  stderr = '';
  private readonly process: ChildProcess;
  private readonly closed: Promise<unknown>;

  /** @param command another command that starts it */
  constructor(
    environment: Record<string, string>,
    [program, ...args]: [string, ...string[]] = [process.execPath, '--enable-source-maps', '.build/main.js'],
    cwd = '.',
  ) {
    this.process = spawn(program, args, {
      cwd,
      env: { HOST: '127.0.0.1', PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.closed = once(this.process, 'close');
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Waits until the output has a match. */
  async logged(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match) return match;
      if (this.process.exitCode !== null) throw new Error(`It ended: ${this.stdout}${this.stderr}`);
      await sleep(20);
    }
  }

  /** The URL, once the service listens. */
  async url(): Promise<string> {
    const [, url = ''] = await this.logged(/Listening on (http:\/\/[^"\s]+)/);
    return url;
  }

  /** The log lines so far. */
  get lines(): Line[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** The exit code, once the process has ended. */
  async exitCode(): Promise<number | null> {
    await this.closed;
    return this.process.exitCode;
  }
}

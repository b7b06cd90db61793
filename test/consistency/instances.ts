import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GuardedProcess, startGuarded } from '../../dev/guarded-process.ts';
import { tryPort } from '../../dev/ports.ts';
import { Failure } from '../../dev/script.ts';
import { type HttpResponse, HttpClient } from './http-client.ts';

const TIMEOUT_MS = 60_000;
/** Maximum of requests that wait for a frozen instance: some, to check its responses afterwards. */
const MAX_WAITING_FOR_FROZEN = 4;

/** The service as a process that the check kills and freezes. */
export class Instance {
  isFrozen = false;
  isUp = false;

  /** The end of the log of each exit that the check did not cause. */
  readonly ends: string[] = [];

  /** The end of its log, of level warn and above. */
  log = '';

  readonly name: string;
  private readonly client: HttpClient;
  private readonly args: string[];
  private readonly env: NodeJS.ProcessEnv;
  private process: GuardedProcess | undefined;
  private pid = 0;
  private inFlight = 0;
  private starting: Promise<void> | undefined;

  private constructor(name: string, client: HttpClient, args: string[], env: NodeJS.ProcessEnv) {
    this.name = name;
    this.client = client;
    this.args = args;
    this.env = env;
  }

  /**
   * @param build the folder of the compiled service
   * @param preload a file that is run in the process before the service
   */
  static async start(
    name: string,
    build: string,
    settings: Record<string, string>,
    preload: string | undefined,
  ): Promise<Instance> {
    const port = await tryPort(0, '127.0.0.1');
    if (port === undefined) throw new Failure('this machine has no free port');
    const args = [...(preload === undefined ? [] : ['--require', preload]), join(build, 'main.js')];
    const env = {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      LOG_PRETTY: 'false',
      THROTTLE_ENABLED: 'false',
      AUTH_ANONYMOUS_ROLE: 'admin',
      AUTH_ANONYMOUS_ALLOWED: 'true',
      // Not the Redis of the developer's environment.
      REDIS_URL: '',
      REDIS_HOST: '',
      ...settings,
    };
    const instance = new Instance(name, new HttpClient(port), args, env);
    await instance.start();
    return instance;
  }

  get isAvailable(): boolean {
    return this.isUp && (!this.isFrozen || this.inFlight < MAX_WAITING_FOR_FROZEN);
  }

  /** @throws the error of the connection where the response is incomplete */
  async send(method: string, path: string, headers?: Record<string, string>, body?: unknown): Promise<HttpResponse> {
    this.inFlight++;
    try {
      return await this.client.send(method, path, headers, body);
    } finally {
      this.inFlight--;
    }
  }

  /** The log line of a response, or its body. */
  logOf({ headers, text }: HttpResponse): string {
    const id = headers['x-request-id'] ?? '';
    return (this.log.split('\n').find((line) => line.includes(id)) ?? text).slice(0, 1000);
  }

  /** kill -9, then a new process on the same port. */
  async crash(downMs: number): Promise<void> {
    this.isUp = false;
    this.signal('SIGKILL');
    await this.process?.exited;
    await sleep(downMs);
    await this.start();
  }

  async freeze(forMs: number): Promise<void> {
    this.isFrozen = true;
    this.signal('SIGSTOP');
    await sleep(forMs);
    this.signal('SIGCONT');
    this.isFrozen = false;
  }

  async stop(): Promise<void> {
    await this.starting?.catch(() => undefined);
    this.isUp = false;
    // No request is in flight that a graceful shutdown would complete.
    this.signal('SIGKILL');
    await this.process?.exited;
    this.client.close();
  }

  private start(): Promise<void> {
    return (this.starting ??= this.startWithRetries().finally(() => (this.starting = undefined)));
  }

  /** Repeats the start, which fails while the database is closed. */
  private async startWithRetries(): Promise<void> {
    for (const deadline = performance.now() + TIMEOUT_MS; performance.now() < deadline; await sleep(200))
      if (await this.tryToStart(deadline)) return;
    throw new Failure(`the ${this.name} instance does not start within ${TIMEOUT_MS / 1000} s: ${this.log}`);
  }

  private async tryToStart(deadline: number): Promise<boolean> {
    // The shell prints the process id that the service gets; the guard around it has another one.
    const command = ['-c', 'echo "pid $$"; exec "$0" "$@"', process.execPath, ...this.args];
    const guarded = startGuarded('/bin/sh', command, { env: this.env });
    this.process = guarded;
    for (const stream of guarded.output) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        const pid = /^pid (\d+)$/m.exec(text)?.[1];
        if (pid !== undefined) this.pid = Number(pid);
        this.log = (this.log + text.replace(/^pid \d+\n/m, '')).slice(-20_000);
      });
    }
    const ended = guarded.exited.then(() => {
      if (this.isUp) this.onExit();
      return true;
    });
    while (performance.now() < deadline) {
      const response = await this.client.send('GET', '/health/ready').catch(() => undefined);
      if (response?.status === 200) return (this.isUp = true);
      if (await Promise.race([ended, sleep(25, false)])) return false;
    }
    return false;
  }

  private onExit(): void {
    this.isUp = false;
    this.ends.push(this.log.slice(-2000));
    // Whether it is available again shows in the reads.
    this.start().catch(() => undefined);
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      // The process has just exited.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

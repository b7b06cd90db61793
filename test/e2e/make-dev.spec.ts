import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '../support/database';

const MINUTE = 60_000;

interface Metric {
  metric_id: string;
}

interface Metrics {
  data: Metric[];
}

/** `make dev` in its own process group, as in a terminal. */
class Dev {
  output = '';
  private readonly process: ChildProcess;
  private readonly closed: Promise<unknown>;

  constructor(dataFolder: string, port: number, more: NodeJS.ProcessEnv = {}) {
    const { DATABASE_URL: _, ...inherited } = process.env;
    this.process = spawn(process.execPath, ['dev/dev.ts'], {
      env: { ...inherited, NODE_ENV: 'development', MDL_DATA_DIR: dataFolder, PORT: String(port), ...more },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.closed = once(this.process, 'close');
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  /** Waits until the service is ready. @returns the printed commands */
  async commands(): Promise<string[]> {
    while (!this.output.includes('Ready after')) {
      if (this.process.exitCode !== null) throw new Error(`make dev ended before it was ready:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    process.env.MDL_KEY = /export MDL_KEY=(\S+)/.exec(this.output)?.[1];
    return this.output.match(/^ +curl .*$/gm) ?? [];
  }

  /** Sends SIGINT to the process group, like Ctrl-C. @returns the exit code */
  interrupt(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.pid) process.kill(-this.process.pid, 'SIGINT');
    return this.ended();
  }

  async kill(): Promise<void> {
    if (this.process.pid) process.kill(-this.process.pid, 'SIGKILL');
    await this.ended();
  }

  async ended(): Promise<number | null> {
    await this.closed;
    return this.process.exitCode;
  }

  /** The lines of its output. */
  lines(): string[] {
    return this.output.split('\n').filter((line) => line !== '');
  }
}

describe('make dev', () => {
  let folder: string;
  let data: string;
  let port: number;
  let dev: Dev | undefined;

  const start = (more?: NodeJS.ProcessEnv) => (dev = new Dev(data, port, more));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mdl-make-dev-'));
    data = join(folder, 'postgres');
    port = await freePort();
  });

  afterEach(async () => {
    await dev?.interrupt();
    dev = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    'starts a service whose printed commands work, keeps its data, and leaves no process',
    async () => {
      const first = start();
      const commands = await first.commands();
      expect(commands).toHaveLength(4);
      const [list, item, search, own] = (await Promise.all(commands.map(shell))) as [Metrics, Metric, Metrics, Metric];
      expect(own.metric_id).toMatch(/^my-metric-/);
      expect(list.data).toHaveLength(2);
      expect(item.metric_id).toBe(list.data[0]?.metric_id);
      expect(search.data.map((metric) => metric.metric_id)).toContain(item.metric_id);
      expect((await fetch(`http://localhost:${port}/docs`)).status).toBe(200);

      const created = await fetch(`http://localhost:${port}/api/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env.MDL_KEY}` },
        body: JSON.stringify({ metric_id: 'persistent-metric', name: 'Persistent metric' }),
      });
      expect(created.status).toBe(201);

      // The curl commands of the README, in order, with the seeded catalogue.
      const statuses: string[] = [];
      for (const command of readmeCommands(port))
        statuses.push(await shellText(`${command} -s -o /dev/null -w '%{http_code}'`));
      expect(statuses).toEqual(['200', '200', '200', '201', '422', '200', '200']);

      // The watcher, the service, PostgreSQL and their guards: the check below finds them.
      if (existsSync('/proc')) expect(processesOf(data).length).toBeGreaterThan(4);
      expect(await first.interrupt()).toBe(0);
      expect(first.output).not.toMatch(/^ +at /m);
      expect(processesOf(data)).toEqual([]);

      await start().commands();
      const kept = await fetch(`http://localhost:${port}/api/v1/metrics/persistent-metric`);
      expect(kept.status).toBe(200);
    },
    3 * MINUTE,
  );

  test(
    'leaves no process after kill -9, and starts again',
    async () => {
      const killed = start();
      await killed.commands();
      await killed.kill();
      await eventually(() => expect(processesOf(data)).toEqual([]));
      await start().commands();
    },
    3 * MINUTE,
  );

  test(
    'starts no database with DATABASE_URL',
    async () => {
      const database = await createTestDatabase();
      try {
        await start({ DATABASE_URL: database.url }).commands();
        expect(existsSync(data)).toBe(false);
      } finally {
        await dev?.interrupt();
        await database.drop();
      }
    },
    3 * MINUTE,
  );

  test('reports in one line that the port is in use', async () => {
    const other = await listen(port);
    const taken = start();
    expect(await taken.ended()).toBe(1);
    other.close();
    expect(taken.lines()).toEqual([
      `make dev: port ${port} is in use: choose another port with PORT=${port + 1} make dev`,
    ]);
  });

  test('reports in one line that the data folder is not a database, and does not change it', async () => {
    data = folder;
    writeFileSync(join(folder, 'letter.txt'), 'precious');
    const broken = start();
    expect(await broken.ended()).toBe(1);
    expect(broken.lines()).toEqual([expect.stringContaining(`make dev: ${folder} is not a data folder`)]);
    expect(readdirSync(folder)).toEqual(['letter.txt']);
  });

  test(
    'reports in one line that PostgreSQL does not start with a damaged data folder',
    async () => {
      await start().commands();
      await dev?.interrupt();
      writeFileSync(join(data, 'global', 'pg_control'), 'damaged');
      const damaged = start();
      expect(await damaged.ended()).toBe(1);
      expect(damaged.lines()).toEqual([expect.stringContaining(`make dev: PostgreSQL does not start on ${data}`)]);
    },
    3 * MINUTE,
  );
});

/** The curl commands of the README, for another port. */
function readmeCommands(port: number): string[] {
  const text = readFileSync('README.md', 'utf8').replaceAll('localhost:3000', `localhost:${port}`);
  return [...text.matchAll(/^curl (?:.*\\\n)*.*$/gm)].map(([command]) => command);
}

async function shellText(command: string): Promise<string> {
  // In Jest process.env is a copy, which child processes do not inherit.
  return (await promisify(execFile)('sh', ['-c', command], { env: { ...process.env } })).stdout;
}

/** Runs a printed command in a shell. @returns its JSON output */
async function shell(command: string): Promise<unknown> {
  return JSON.parse(await shellText(command)) as unknown;
}

/** The processes with this data folder in their environment. Empty on systems other than Linux. */
function processesOf(data: string): string[] {
  if (!existsSync('/proc')) return [];
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && read(entry, 'environ').includes(`MDL_DATA_DIR=${data}\0`))
    .map((pid) => read(pid, 'cmdline').replaceAll('\0', ' '));
}

async function eventually(check: () => void): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return check();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  check();
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port);
  await once(server, 'listening');
  return server;
}

async function freePort(): Promise<number> {
  const server = await listen(0);
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

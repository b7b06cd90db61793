import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from 'pg';
import ts from 'typescript';
import { createTestDatabase } from '../support/database';

const run = promisify(execFile);
const MINUTES = 60_000;

/** The parts of the service that can be copied into another application, and the maximum number of their files. */
const PARTS = { problems: 15, pagination: 15, health: 15, throttling: 15, logging: 15, cache: 30 };

/** The files that a file imports, directly or not, types included. */
function importClosure(entry: string, found = new Set<string>()): Set<string> {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const { fileName } of ts.preProcessFile(readFileSync(entry, 'utf8')).importedFiles)
    if (fileName.startsWith('.')) importClosure(`${resolve(dirname(entry), fileName)}.ts`, found);
  return found;
}

/** A host application in a folder of its own, with a copy of one part. */
class Host {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly name: string,
    readonly files: number,
  ) {}

  /** Copies a part with its host application, and compiles both with the compiler options of the service. */
  static async compile(name: string): Promise<Host> {
    const folder = mkdtempSync(join(tmpdir(), `mdl-${name}-`));
    const files = [...importClosure(resolve(`test/parts/${name}.ts`))].map((file) => relative('.', file));
    for (const file of files) cpSync(file, join(folder, file));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const { compilerOptions } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')).config as {
      compilerOptions: object;
    };
    const options = { ...compilerOptions, noEmit: false, allowImportingTsExtensions: false, types: ['node'] };
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }));
    const compiled = await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder]).catch(
      (error: { stdout: string }) => ({ stdout: error.stdout }),
    );
    expect(compiled.stdout).toBe('');
    return new Host(folder, name, files.filter((file) => file.startsWith('src/')).length);
  }

  /** @returns the URL of the application, and its further lines on standard output */
  async start(environment: Record<string, string> = {}): Promise<{ url: string; lines: string[] }> {
    this.process = spawn(process.execPath, [join(this.folder, `dist/test/parts/${this.name}.js`)], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    if (!this.process.stdout) throw new Error('no standard output');
    const output = createInterface(this.process.stdout);
    const [url] = (await once(output, 'line')) as [string];
    output.on('line', (line) => lines.push(line));
    return { url, lines };
  }

  async remove(): Promise<void> {
    if (this.process?.kill()) await once(this.process, 'exit');
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true });
  }
}

describe('a part of the service in another application', () => {
  let host: Host | undefined;

  const boot = async (name: keyof typeof PARTS, environment?: Record<string, string>) => {
    host = await Host.compile(name);
    expect(host.files).toBeLessThanOrEqual(PARTS[name]);
    return host.start(environment);
  };
  afterEach(async () => {
    await host?.remove();
    host = undefined;
  });

  it(
    'responds with problem+json',
    async () => {
      const { url } = await boot('problems');
      const missing = await fetch(`${url}/things/7`);
      expect([missing.status, missing.headers.get('content-type')]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ]);
      expect(await missing.json()).toMatchObject({ code: 'not_found', detail: 'There is no thing 7.' });
      const broken = await (await fetch(`${url}/broken`)).text();
      expect(broken).toContain('internal_error');
      expect(broken).not.toContain('secret');
    },
    5 * MINUTES,
  );

  it(
    'paginates with cursors',
    async () => {
      const { url } = await boot('pagination');
      const numbers: number[] = [];
      for (let next: string | undefined = '/events?limit=50'; next !== undefined;) {
        const response = await fetch(url + next);
        numbers.push(...((await response.json()) as { data: number[] }).data);
        next = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      }
      expect(numbers).toEqual(Array.from({ length: 120 }, (_, index) => 120 - index));
    },
    5 * MINUTES,
  );

  it(
    'reads health indicators',
    async () => {
      const { url } = await boot('health');
      expect(await (await fetch(`${url}/health`)).json()).toEqual({
        disk: { state: 'up', details: { free: 42 } },
        mail: { state: 'degraded' },
      });
    },
    5 * MINUTES,
  );

  it(
    'limits the rate of requests',
    async () => {
      const { url } = await boot('throttling');
      const responses = [await fetch(`${url}/door`), await fetch(`${url}/door`), await fetch(`${url}/door`)];
      expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
      expect(responses[0]?.headers.get('ratelimit')).toBe('"minute";r=1;t=60');
    },
    5 * MINUTES,
  );

  it(
    'logs requests',
    async () => {
      const { url, lines } = await boot('logging');
      await fetch(`${url}/hello/ada`);
      while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        level: 'info',
        method: 'GET',
        route: '/hello/:name',
        status: 200,
      });
    },
    5 * MINUTES,
  );

  it(
    'caches responses until a write is committed',
    async () => {
      const database = await createTestDatabase();
      const client = new Client({ connectionString: database.url });
      await client.connect();
      try {
        const { url } = await boot('cache', { DATABASE_URL: database.url });
        const get = async () => {
          const response = await fetch(`${url}/metrics`);
          return [response.headers.get('x-cache'), await response.json()];
        };
        expect([await get(), await get()]).toEqual([
          ['MISS', { fills: 1 }],
          ['HIT', { fills: 1 }],
        ]);
        await client.query(`INSERT INTO metrics (key, data) VALUES ('m', '{"name": "M"}')`);
        expect([await get(), await get()]).toEqual([
          ['MISS', { fills: 2 }],
          ['HIT', { fills: 2 }],
        ]);
      } finally {
        await client.end();
        await host?.remove();
        host = undefined;
        await database.drop();
      }
    },
    5 * MINUTES,
  );
});

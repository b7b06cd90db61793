import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { FLAGS, hasBrowser, executablePath } from '../support/browser';
import { TestApp } from '../support/app';

const run = promisify(execFile);

/** Reads and changes a document with the packed client, twice with an outdated ETag. The result is one object. */
const program = (baseUrl: string, key: string) => `
  import { MdlClient } from '@mdl/client';
  const [ada, bob] = [1, 2].map(() => new MdlClient({ baseUrl: '${baseUrl}' }));
  const { metrics } = ada;
  await metrics.put('${key}', { name: 'Packed' }, { create: true });
  await bob.metrics.get('${key}');
  const { version } = await metrics.patch('${key}', { owner: 'Ada' });
  const code = await bob.metrics.patch('${key}', { owner: 'Bob' }).catch(({ code }) => code);
  const keys = [];
  for await (const { metric_id } of metrics.list({ limit: 1, sort: 'metric_id' })) keys.push(metric_id);
  await metrics.delete('${key}');
  const result = { version, code, keys };`;
const resultOf = (key: string) => ({ version: 2, code: 'precondition_failed', keys: ['a', key] });

const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.html': 'text/html' };

describe('the packed TypeScript client', () => {
  let folder: string;
  let t: TestApp;
  let baseUrl: string;
  /** Serves the page and the modules of the client, on an origin other than the service. */
  const pages = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', TYPES[extname(url) as keyof typeof TYPES]);
    response.end(readFileSync(join(folder, url)));
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mdl-client-'));
    await run('npm', ['run', '--silent', 'client:build']);
    await run('npm', ['pack', './clients/typescript', '--pack-destination', folder]);
    const packed = join(folder, 'node_modules/@mdl/client');
    mkdirSync(packed, { recursive: true });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    await run('tar', ['-xzf', join(folder, `mdl-client-${version}.tgz`), '-C', packed, '--strip-components=1']);
    for (const name of ['openapi-fetch', 'openapi-typescript-helpers'])
      cpSync(`node_modules/${name}`, join(folder, `node_modules/${name}`), { recursive: true });

    await new Promise<void>((listening) => pages.listen(0, '127.0.0.1', listening));
    const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    t = await TestApp.start({ CORS_ORIGINS: origin });
    await t.app.listen(0, '127.0.0.1');
    baseUrl = `http://127.0.0.1:${(t.app.getHttpServer().address() as AddressInfo).port}`;
    await t.post('/api/v1/metrics', { metric_id: 'a', name: 'First' });
  });
  afterAll(async () => {
    pages.close();
    await t.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has the version and the openapi-fetch of this repository', () => {
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>;
    const [client, service] = [read('clients/typescript/package.json'), read('package.json')];
    expect(client['version']).toBe(service['version']);
    expect(client['dependencies']).toEqual({ 'openapi-fetch': service['devDependencies']?.['openapi-fetch'] });
  });

  it('runs in Node', async () => {
    const script = join(folder, 'node.mjs');
    writeFileSync(script, `${program(baseUrl, 'node')}\nconsole.log(JSON.stringify(result));`);
    const { stdout } = await run(process.execPath, [script]);
    expect(JSON.parse(stdout)).toEqual(resultOf('node'));
  });

  it('has types that a strict compiler accepts, and that refuse misspelt members', async () => {
    const source = `
      import { MdlClient, type Patch } from '@mdl/client';
      const { metrics } = new MdlClient({ baseUrl: 'http://localhost' });
      export const patch: Patch<'metrics'> = { owner: 'Ada', unit: null };
      export const name: Promise<string | undefined> = metrics.get('a').then((metric) => metric.name);
      for await (const { version } of metrics.list({ limit: 1 })) version.toFixed();`;
    const lib = ['es2022', 'dom', 'dom.asynciterable'];
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      module: 'nodenext',
      types: [],
      lib,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['consumer.mts'] }));
    const compile = async (text: string) => {
      writeFileSync(join(folder, 'consumer.mts'), text);
      const { stdout } = await run(process.execPath, [resolve('node_modules/typescript/bin/tsc')], {
        cwd: folder,
      }).catch((error: { stdout: string }) => error);
      return stdout;
    };
    expect(await compile(source)).toBe('');
    expect(await compile(source.replace('owner', 'ownr'))).toMatch(/'?ownr'? does not exist/);
  });

  (hasBrowser ? it : it.skip)('runs in a browser, on another origin', async () => {
    const imports = {
      '@mdl/client': './node_modules/@mdl/client/dist/index.js',
      'openapi-fetch': './node_modules/openapi-fetch/dist/index.mjs',
    };
    writeFileSync(
      join(folder, 'page.html'),
      `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script>
       <script type="module">${program(baseUrl, 'page')}\ndocument.title = JSON.stringify(result);</script>`,
    );
    const browser = await chromium.launch({ executablePath, args: FLAGS });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => void errors.push(error.message));
      await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/page.html`);
      await Promise.race([
        page.waitForFunction('document.title'),
        page.waitForEvent('pageerror').then((error) => Promise.reject(error)),
      ]);
      expect(JSON.parse(await page.title())).toEqual(resultOf('page'));
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

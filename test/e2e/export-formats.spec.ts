import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runImport } from '../../src/exchange/import/run-import';
import { RESOURCES } from '../contract/resources';
import { TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';
import { linesOf } from '../support/responses';

const metrics = '/api/v1/metrics';

describe('the formats of an export', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
    await app.post('/api/v1/domains', domain('revenue'));
    await app.post(metrics, completeMetric('b', { synonyms: ['=1+1'] }));
    await app.post(metrics, { metric_id: 'a', name: 'Café' });
    await app.post('/api/v1/objectives', objective('grow'));
  });
  afterAll(() => app.stop());

  it('is mdl by default, without losses', async () => {
    for (const query of ['', '?format=mdl']) {
      const response = await app.get(`${metrics}/export${query}`);
      expect(response.headers).toMatchObject({ 'content-type': 'application/x-ndjson', 'x-export-losses': '0' });
      expect(linesOf(response).at(-1)).toEqual({ count: 2 });
    }
  });

  it('is CSV by the query or by the header Accept', async () => {
    const named = await app.get(`${metrics}/export?format=csv`);
    expect([named.status, named.headers['content-type'], named.headers['x-export-losses']]).toEqual([
      200,
      expect.stringMatching(/^text\/csv/),
      '0',
    ]);
    const [header, first, second, end] = named.text.split('\r\n');
    expect(header).toMatch(/^version,created_at,.*,metric_id,name,/);
    expect([first, second]).toEqual([expect.stringContaining('a,Café,'), expect.stringContaining("'=1+1")]);
    expect(end).toBe('');
    expect((await app.get(`${metrics}/export`, { accept: 'text/csv' })).text).toBe(named.text);
    expect((await app.get(`${metrics}/export`, { accept: 'text/csv;q=0.5, */*;q=0.1' })).text).toBe(named.text);
    expect((await app.get(`${metrics}/export?format=csv&bom=true`)).text).toBe(`\ufeff${named.text}`);
    expect((await app.get(`${metrics}/export?format=csv&tier=tier-3`)).text).toBe(`${header}\r\n`);
    const mdl = await app.get(`${metrics}/export?format=mdl`, { accept: 'text/csv' });
    expect(mdl.headers['content-type']).toBe('application/x-ndjson');
  });

  it.each([
    ['format=xlsx', 'Known formats are mdl, csv, dbt, ossie'],
    ['losses=maybe', 'losses must be true or false'],
    ['bom=1&format=csv', 'bom must be true or false'],
    ['format=csv&page=1', 'unknown'],
  ])('refuses ?%s', async (query, detail) => {
    const { status, body } = await app.get(`${metrics}/export?${query}`);
    expect([status, body.code]).toEqual([400, 'invalid_parameter']);
    expect(body.detail).toContain(detail);
  });

  it.each(['domains', 'objectives'])('refuses formats of other software for %s', async (resource) => {
    const { status, body } = await app.get(`/api/v1/${resource}/export?format=ossie`);
    expect([status, body.code]).toEqual([400, 'invalid_parameter']);
    expect(body.detail).toBe(`The format ossie cannot describe ${resource}. It can be exported as mdl, csv.`);
  });

  it('reports losses instead of documents', async () => {
    for (const format of ['mdl', 'csv']) {
      const response = await app.get(`${metrics}/export?format=${format}&losses=true`);
      expect(response.body).toEqual({ format, total: 0, losses: [] });
      expect(response.headers).toMatchObject({ 'x-export-losses': '0' });
    }
  });

  it('of every resource includes CSV', async () => {
    for (const resource of RESOURCES) {
      const response = await app.get(`/api/v1/${resource}/export?format=csv`);
      expect([resource, response.status]).toEqual([resource, 200]);
    }
  });
});

describe('export and import', () => {
  const CATALOGUE = ['domains', 'metrics', 'objectives'].map((name) =>
    resolve(__dirname, `../../catalog/${name}.ndjson`),
  );

  /** Documents as they are stored, by key, without the members that the service adds. */
  const stored = async (app: TestApp, resource: string) =>
    app.sql<{ key: string; status: string; data: unknown; unresolved_refs: string[] }>(
      `SELECT key, status, data, unresolved_refs FROM ${resource} ORDER BY key`,
    );

  it('as CSV is a fixed point for the catalogue of this repository', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mdl-formats-'));
    const [first, second] = [await TestApp.start(), await TestApp.start()];
    try {
      expect((await runImport(first.app, CATALOGUE)).totals().refused).toBe(0);
      const paths: string[] = [];
      for (const resource of ['domains', 'metrics', 'objectives']) {
        const path = join(folder, `${resource}.csv`);
        writeFileSync(path, (await first.get(`/api/v1/${resource}/export?format=csv`)).text);
        expect(readFileSync(path, 'utf8').length).toBeGreaterThan(1000);
        paths.push(path);
      }
      const report = await runImport(second.app, paths);
      expect(report.toText()).toContain('0 refused');
      for (const resource of ['domains', 'metrics', 'objectives'])
        expect(await stored(second, resource)).toEqual(await stored(first, resource));
    } finally {
      await Promise.all([first.stop(), second.stop()]);
      rmSync(folder, { recursive: true });
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
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

  it('is a dbt project', async () => {
    const response = await app.get(`${metrics}/export?format=dbt`);
    expect([response.status, response.headers['content-type']]).toEqual([200, 'application/yaml']);
    expect(parse(response.text)).toMatchObject({ version: 2, metrics: [{ name: 'a' }, { name: 'b' }] });
    const { body } = await app.get(`${metrics}/export?format=dbt&losses=true`);
    expect(response.headers['x-export-losses']).toBe(String(body.total));
  });

  it('of every resource includes CSV', async () => {
    for (const resource of RESOURCES) {
      const response = await app.get(`/api/v1/${resource}/export?format=csv`);
      expect([resource, response.status]).toEqual([resource, 200]);
    }
  });
});

describe('an export in another format', () => {
  /** Starts an export over a socket and waits for its first bytes. */
  async function begin(app: TestApp, format: string) {
    const url = `${await app.app.getUrl()}${metrics}/export?format=${format}`;
    const request = get(url, { agent: false, headers: { 'accept-encoding': 'identity' } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const [first] = (await once(response.setEncoding('utf8'), 'data')) as [string];
    response.pause();
    return { request, response, first };
  }

  /** More than the buffers of a socket hold. */
  const fill = (app: TestApp) =>
    app.sql(`INSERT INTO metrics (key, data) SELECT 'row-' || lpad(n::text, 5, '0'), jsonb_build_object('name', 'n',
      'extra', jsonb_build_object('x', repeat(md5(n::text), 64))) FROM generate_series(1, 8000) AS n`);

  it.each(['csv', 'ossie'])('has one snapshot, and counts its losses in it: %s', async (format) => {
    const app = await TestApp.start();
    try {
      await fill(app);
      await app.app.listen(0, '127.0.0.1');
      const { response, first } = await begin(app, format);
      await app.post(metrics, { metric_id: 'zzz', name: 'Too late' });
      await app.delete(`${metrics}/row-07999`);
      let text = first;
      response.on('data', (chunk: string) => (text += chunk)).resume();
      await once(response, 'end');
      expect(text).not.toContain('Too late');
      expect(text).toContain('row-07999');
      // No metric has an expression, and the model has no dataset.
      expect(response.headers['x-export-losses']).toBe(format === 'csv' ? '0' : '8001');
    } finally {
      await app.stop();
    }
  });

  it.each(['csv', 'ossie'])('releases its connection when the client disconnects: %s', async (format) => {
    const app = await TestApp.start({ DATABASE_POOL_SIZE: '1' });
    try {
      await fill(app);
      await app.app.listen(0, '127.0.0.1');
      for (let round = 0; round < 2; round++) {
        const { request } = await begin(app, format);
        // The only connection is in use.
        const waiting = app.get(`${metrics}/row-00001`);
        request.destroy();
        expect((await waiting).status).toBe(200);
      }
    } finally {
      await app.stop();
    }
  });

  it.each(['csv', 'ossie'])('is cut at its deadline: %s', async (format) => {
    const app = await TestApp.start({ EXPORT_TIMEOUT_MS: '3000', DATABASE_POOL_SIZE: '1' });
    try {
      await fill(app);
      await app.app.listen(0, '127.0.0.1');
      const { response } = await begin(app, format);
      const cut = expect(once(response, 'end')).rejects.toThrow('aborted');
      expect((await app.get(`${metrics}/row-00001`)).status).toBe(200);
      response.resume();
      await cut;
    } finally {
      await app.stop();
    }
  });
});

describe('export and import', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mdl-formats-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const ALL = ['domains', 'metrics', 'objectives'];
  const catalogue = ALL.map((name) => resolve(__dirname, `../../catalog/${name}.ndjson`));

  /** Documents as they are stored, by key, without the members that the service adds. */
  const stored = (app: TestApp, resource: string) =>
    app.sql<{ key: string }>(`SELECT key, status, data, unresolved_refs FROM ${resource} ORDER BY key`);

  /** Imports files, exports `resources`, imports that into an empty database and compares all documents. */
  async function expectFixedPoint(paths: string[], format: string, exported: string[], compared = exported) {
    const [first, second] = [await TestApp.start(), await TestApp.start()];
    try {
      const given = await runImport(first.app, paths);
      expect(given.totals()).toMatchObject({ refused: 0 });
      const files: string[] = [];
      for (const resource of exported) {
        const path = join(folder, `${resource}.${format}`);
        const response = await first.get(`/api/v1/${resource}/export?format=${format}`);
        const report = await first.get(`/api/v1/${resource}/export?format=${format}&losses=true`);
        expect(response.headers['x-export-losses']).toBe(String(report.body.total));
        writeFileSync(path, response.text);
        files.push(path);
      }
      const report = await runImport(second.app, files);
      expect([report.totals().refused, report.totals().created]).toEqual([0, given.totals().created]);
      for (const resource of compared) {
        const documents = await stored(first, resource);
        expect(await stored(second, resource)).toEqual(documents);
        expect(documents.length).toBeGreaterThan(0);
      }
      return await first.get(`/api/v1/metrics/export?format=${format}&losses=true`);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  }

  it.each(['mdl', 'csv'])('as %s is a fixed point for the catalogue of this repository', async (format) => {
    await expectFixedPoint(catalogue, format, ALL);
  });

  it('as Ossie is a fixed point for its domains and metrics, with the losses named', async () => {
    const { body } = await expectFixedPoint(catalogue.slice(0, 2), 'ossie', ['metrics'], ['domains', 'metrics']);
    expect(body).toMatchObject({ format: 'ossie', total: 19 });
    const losses = body.losses as { name: string; count: number; examples: string[] }[];
    expect(Object.fromEntries(losses.map(({ name, count }) => [name, count]))).toEqual({
      // Models without a table, metrics without a formula, and formulas in words, MetricFlow or DAX.
      datasets: 3,
      expression: 3,
      'formula.language': 13,
    });
  });

  it('as Ossie groups metrics by domain, of one snapshot and with the filters of a list', async () => {
    const app = await TestApp.start();
    try {
      await runImport(app.app, catalogue.slice(0, 2));
      const response = await app.get('/api/v1/metrics/export?format=ossie&business_domain=revenue,cash');
      expect(response.headers['content-type']).toMatch(/^application\/yaml/);
      const { semantic_model: models } = parse(response.text) as {
        semantic_model: { name: string; metrics: object[] }[];
      };
      expect(models.map(({ name }) => name)).toEqual(['cash', 'revenue']);
      const { body } = await app.get('/api/v1/metrics?business_domain=revenue');
      expect(models[1]?.metrics).toHaveLength((body.pagination as { total: number }).total);
    } finally {
      await app.stop();
    }
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportRecord } from '../../src/exchange/import/import-records';
import { GENEROUS_TIMEOUTS } from '../support/app';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { compileService, Service } from '../support/service';

const MIB = 1024 * 1024;
const JSON_TYPE = 'application/json';
const YAML = 'application/yaml';
const NDJSON = 'application/x-ndjson';
const TOO_LARGE = 'payload_too_large';

/** Files that take more memory or time to parse than a service has: each must cost its client only. */
describe('large and hostile imports', () => {
  let database: TestDatabase;
  let service: Service;
  let url: string;
  /** The temporary folder of the service. */
  let folder: string;

  beforeAll(async () => {
    await compileService();
    database = await createTestDatabase();
    mkdirSync('.build', { recursive: true });
    folder = mkdtempSync(join('.build', 'import-hostile-'));
    const environment = { AUTH_ANONYMOUS_ROLE: 'admin', THROTTLE_ENABLED: 'false', TMPDIR: folder };
    service = new Service({ DATABASE_URL: database.serviceUrl ?? '', ...GENEROUS_TIMEOUTS, ...environment }, [
      process.execPath,
      '--max-old-space-size=384',
      '.build/main.js',
    ]);
    url = await service.url();
  }, 60_000);
  afterAll(async () => {
    service.signal('SIGTERM');
    await service.exitCode();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  /** Imports a body. @returns its state or code, and its report */
  async function imported(body: string, type: string, query = '') {
    const headers = { 'content-type': type };
    const response = await fetch(`${url}/api/v1/imports?${query}`, { method: 'POST', body, headers });
    let record = (await response.json()) as Partial<ImportRecord> & { code?: string };
    for (const { id } = { ...record }; record.state === 'running'; await sleep(200))
      record = (await (await fetch(`${url}/api/v1/imports/${id}`)).json()) as ImportRecord;
    return { outcome: record.error?.code ?? record.state ?? record.code, report: record.report };
  }

  test.each([
    ['millions of empty objects', `[${'{},'.repeat(5 * MIB)}{}]`, JSON_TYPE, TOO_LARGE],
    ['millions of brackets', '['.repeat(2 * MIB), JSON_TYPE, 'refused'],
    ['a long list in YAML', '- 1\n'.repeat(2 * MIB), YAML, TOO_LARGE],
    ['brackets in YAML', '['.repeat(MIB), YAML, 'refused'],
    ['millions of lines that are no document', 'x\n'.repeat(MIB), NDJSON, 'refused'],
    ['one endless cell', `metric_id,name\na,"${'x'.repeat(4 * MIB)}`, 'text/csv', 'refused'],
  ])('%s', async (_, body, type, expected) => {
    const { outcome } = await imported(body, type, 'source=hostile');
    expect(outcome).toBe(expected);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('other requests are served while a file is parsed', async () => {
    let isRunning = true;
    const slow = imported('- {a: [b, c, d]}\n'.repeat(20_000), YAML).finally(() => (isRunning = false));
    let served = 0;
    for (; isRunning; served++, await sleep(5)) expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await slow;
    // Parsing takes a second; without a process of its own the service answers a few times, before and after it.
    expect(served).toBeGreaterThan(50);
  });

  test('a large file is read as a small one is: own form, first form, CSV and dbt', async () => {
    const padding = `# ${'x'.repeat(70_000)}\n`;
    const domain = 'domain_id: sales\nname: Sales\nowner_team: Sales\nadditional: 1\n';
    const first = 'metric_id: m1\nname: M1\nbusiness_domain: Sales\ndefinition: {short_description: Text}\n';
    const dbt = 'version: 2\nmetrics:\n- {name: m2, label: M2, type: simple, type_params: {measure: x}}\n';
    const yaml = [domain, first, dbt].join('---\n');
    const csv = 'metric_id,name,domain,tags,governance.data_owner,more\nm3,M3,sales,a|b,Me,1\n';
    const here = [await imported(yaml, YAML), await imported(csv, 'text/csv')];
    expect(here.map(({ report }) => report?.totals.created)).toEqual([3, 1]);
    const there = [
      await imported(padding + yaml, YAML),
      await imported(`${csv}${',,,,,\n'.repeat(20_000)}`, 'text/csv'),
    ];
    expect(there.map(({ report }) => report?.totals)).toMatchObject([
      { unchanged: 3, refused: 0 },
      { unchanged: 1, refused: 0 },
    ]);
  });

  const part = 'Content-Disposition: form-data; name="files"; filename="a"\r\n\r\nx';
  test.each([
    ['a file', NDJSON, 'x\n'],
    ['a file of a form', 'multipart/form-data; boundary=x', `--x\r\n${part}`],
    ['a later file of a form', 'multipart/form-data; boundary=x', `--x\r\n${part}\r\n--x\r\n${part}`],
    ['the head of a form', 'multipart/form-data; boundary=x', '--x\r\nContent-Dis'],
  ])('a client that goes away during %s leaves no temporary files', async (_, type, begin) => {
    const request = http.request(`${url}/api/v1/imports`, { method: 'POST', headers: { 'content-type': type } });
    request.on('error', () => undefined).write(begin);
    while (readdirSync(folder).length === 0) await sleep(20);
    await sleep(100);
    request.destroy();
    for (let tries = 0; readdirSync(folder).length > 0 && tries < 100; tries++) await sleep(50);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('the files of a killed process are removed by the next one', async () => {
    for (const name of ['mdl-upload-4194304-abcDEF', 'mdl-upload-1-abcDEF', 'mdl-upload-x'])
      mkdirSync(join(folder, name));
    const next = new Service({ DATABASE_URL: database.serviceUrl ?? '', AUTH_ANONYMOUS_ROLE: 'admin', TMPDIR: folder });
    await fetch(`${await next.url()}/health/ready`);
    next.signal('SIGTERM');
    await next.exitCode();
    expect(readdirSync(folder).sort()).toEqual(['mdl-upload-1-abcDEF', 'mdl-upload-x']);
  });

  test('a dry run of more documents than one transaction takes is refused', async () => {
    const lines = Array.from({ length: 20_001 }, (_, index) => `{"metric_id":"m${index}","name":"M"}\n`);
    expect((await imported(lines.join(''), NDJSON, 'dry_run=true')).outcome).toBe(TOO_LARGE);
  });
});

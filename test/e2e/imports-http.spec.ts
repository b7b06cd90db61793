import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImportEngine } from '../../src/exchange/import/import-engine';
import { MAX_RUNNING } from '../../src/exchange/import/imports';
import { TestApp, type TestResponse } from '../support/app';
import { completeMetric, domain } from '../support/documents';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const URL = '/api/v1/imports';
const lines = (...documents: object[]) => documents.map((document) => `${JSON.stringify(document)}\n`).join('');

/** A form with files, as a browser sends it. */
function form(files: Record<string, string>) {
  const parts = Object.entries(files).map(
    ([name, text]) =>
      `--x\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${text}\r\n`,
  );
  return { body: `${parts.join('')}--x--\r\n`, headers: { 'content-type': 'multipart/form-data; boundary=x' } };
}

/** The temporary folders of this process. The test only lists them: the service must have removed them. */
const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`mdl-upload-${process.pid}-`));

describe('imports over HTTP', () => {
  let app: TestApp;

  beforeEach(async () => {
    app = await TestApp.start();
  });
  afterEach(async () => {
    await app.stop();
    expect(leftovers()).toEqual([]);
  });

  const count = async (table: string) =>
    (await app.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`))[0]?.count;
  const sent = async (query: string, ...documents: object[]) =>
    app.post(`${URL}?${query}`, lines(...documents), NDJSON);

  test('a file as the body is imported, with the report in the response and under its id', async () => {
    const response = await app.post(URL, lines(domain('revenue'), completeMetric('a', { related: ['b'] })), NDJSON);
    expect(response).toMatchObject({
      status: 200,
      body: {
        state: 'done',
        source: null,
        total: 2,
        processed: 2,
        report: {
          written: true,
          totals: { created: 2, updated: 0, unchanged: 0, refused: 0 },
          files: [{ name: 'body.ndjson', created: 2 }],
          dangling: [{ resource: 'metrics', key: 'a', pointer: '/related/0', to: 'metrics/b' }],
        },
      },
    });
    const { id } = response.body as { id: string };
    expect((await app.get(`${URL}/${id}`)).body).toEqual(response.body);
    expect((await app.get(URL)).body).toMatchObject({ data: [{ id, state: 'done' }] });
    expect((await app.get('/api/v1/metrics/a/revisions')).body).toMatchObject({ data: [{ actor: 'anonymous' }] });
  });

  test.each([
    ['application/json', JSON.stringify({ items: [domain('revenue')] })],
    ['application/yaml', 'domain_id: revenue\nname: Revenue\n'],
    ['text/plain; charset=utf-8', 'domain_id: revenue\nname: Revenue\n'],
    ['application/octet-stream', lines(domain('revenue'))],
  ])('%s is accepted', async (type, body) => {
    const response = await app.post(URL, body, { 'content-type': type });
    expect(response).toMatchObject({ status: 200, body: { report: { totals: { created: 1 } } } });
  });

  test('several files of a form are imported together', async () => {
    const { body, headers } = form({
      'models/m.ndjson': lines(completeMetric('a')),
      '../d.yml': 'domain_id: revenue\nname: Revenue\n',
    });
    const response = await app.post(`${URL}?refs=strict`, body, headers);
    expect(response).toMatchObject({
      status: 200,
      body: { report: { files: [{ name: 'models/m.ndjson' }, { name: 'd.yml' }], totals: { created: 2 } } },
    });
  });

  test('a refused document prevents everything, and is named with key and value', async () => {
    const bad = { metric_id: 'bad', name: 'Bad', tier: 'tier-9' };
    const place = { line: 2, pointer: '/tier', code: 'invalid_value' };
    expect(await sent('', domain('fine'), bad)).toMatchObject({
      status: 422,
      body: {
        code: 'import_refused',
        state: 'refused',
        errors: [place],
        report: {
          written: false,
          totals: { created: 1, refused: 1 },
          refused: [{ ...place, file: 'body.ndjson', key: 'bad', value: '"tier-9"' }],
        },
      },
    });
    expect(await count('domains')).toBe(0);
    const others = await sent('atomic=false', domain('fine'), bad);
    expect(others).toMatchObject({ status: 207, body: { state: 'done', report: { written: true } } });
    expect(await count('domains')).toBe(1);
  });

  test('a dry run responds with the report of the import and writes nothing', async () => {
    const response = await sent('dry_run=true&source=nightly', domain('revenue'), { metric_id: 'x' });
    expect(response).toMatchObject({
      status: 200,
      body: { state: 'done', report: { dry_run: true, written: false, totals: { created: 1, refused: 1 } } },
    });
    for (const table of ['domains', 'revisions', 'sources', 'source_documents'])
      expect([table, await count(table)]).toEqual([table, 0]);
  });

  test.each([
    ['an unknown parameter', 'x=1', ['x']],
    [
      'wrong values',
      'mode=replace&dry_run=yes&refs=x&status=x&source=%20',
      ['dry_run', 'mode', 'refs', 'source', 'status'],
    ],
    ['options that need a source', 'mode=merge&prune=flag&on_conflict=source', ['mode', 'on_conflict', 'prune']],
    ['an unknown format', 'format=xlsx', ['format']],
  ])('%s is 400', async (_, query, expected) => {
    const { status, body } = await sent(query, domain('a'));
    const { code, errors } = body as { code: string; errors: { parameter: string }[] };
    const parameters = errors.map(({ parameter }) => parameter).sort();
    expect([status, code, parameters]).toEqual([400, 'invalid_parameter', expected]);
  });

  const field = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n';
  const many = Object.fromEntries(Array.from({ length: 5001 }, (_, index) => [`${index}`, 'x']));
  const { headers: FORM } = form({});
  test.each([
    ['no body', '', NDJSON, 400, 'malformed_json'],
    ['no content type', 'x', { 'content-type': '' }, 415, 'unsupported_media_type'],
    ['another type', 'x', { 'content-type': 'image/png' }, 415, 'unsupported_media_type'],
    ['a compressed body', 'x', { ...NDJSON, 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['a form without a boundary', 'x', { 'content-type': 'multipart/form-data' }, 400, 'bad_request'],
    ['a form that is cut', form({ a: 'x' }).body.slice(0, -12), FORM, 400, 'bad_request'],
    ['a form without a file', form({}).body, FORM, 400, 'bad_request'],
    ['a field in a form', field, FORM, 400, 'bad_request'],
    ['too many files', form(many).body, FORM, 413, 'payload_too_large'],
    ['too large a file', Buffer.alloc(50 * 1024 * 1024 + 1), NDJSON, 413, 'payload_too_large'],
  ] as const)('%s is refused', async (_, body, headers, status, code) => {
    const response = await app.post(URL, body, headers);
    expect([response.status, (response.body as { code: string }).code]).toEqual([status, code]);
    expect(await count('imports')).toBe(0);
  });

  test('other routes do not accept the types of files', async () => {
    const response = await app.post('/api/v1/metrics', 'a,b', { 'content-type': 'text/csv' });
    expect(response).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  test('an Idempotency-Key runs an import once', async () => {
    const { body, headers } = form({ 'd.ndjson': lines(domain('revenue')) });
    const key = { 'idempotency-key': 'once' };
    const first = await app.post(URL, body, { ...headers, ...key });
    const otherBoundary = { 'content-type': 'multipart/form-data; boundary=y', ...key };
    const again = await app.post(URL, body.replaceAll('--x', '--y'), otherBoundary);
    expect(again).toMatchObject({ status: 200, text: first.text, headers: { 'idempotency-replayed': 'true' } });
    const other = await app.post(URL, form({ 'd.ndjson': lines(domain('cost')) }).body, { ...headers, ...key });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await count('imports')).toBe(1);
  });

  test('a long import continues after its request, and another one of its source is refused', async () => {
    const slow = await TestApp.start({ HANDLER_TIMEOUT_MS: '400' });
    const engine = slow.app.get(ImportEngine);
    const run = engine.run.bind(engine);
    jest.spyOn(engine, 'run').mockImplementation(async (...parameters) => {
      await sleep(5000);
      return run(...parameters);
    });
    const first = await slow.post(`${URL}?source=nightly`, lines(domain('revenue')), NDJSON);
    expect(first).toMatchObject({
      status: 202,
      headers: { 'retry-after': '2' },
      body: { state: 'running', report: null },
    });
    expect(await slow.post(`${URL}?source=NIGHTLY`, lines(domain('cost')), NDJSON)).toMatchObject({
      status: 409,
      body: { code: 'import_in_progress' },
      headers: { 'retry-after': '5' },
    });
    const others: TestResponse[] = [];
    while (others.length < MAX_RUNNING - 1)
      others.push(await slow.post(`${URL}?source=other-${others.length}`, lines(domain('cost')), NDJSON));
    for (const { status } of others) expect(status).toBe(202);
    const excess = await slow.post(URL, lines(domain('cost')), NDJSON);
    expect(excess).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    for (const { headers } of [first, ...others]) {
      let state = 'running';
      for (let tries = 0; state === 'running' && tries < 300; tries++) {
        await sleep(100);
        state = ((await slow.get(headers['location'] ?? '')).body as { state: string }).state;
      }
      expect(state).toBe('done');
    }
    expect((await slow.get('/api/v1/domains/revenue')).status).toBe(200);
    await slow.stop();
  });

  test('an import whose process has ended is interrupted, and blocks no other one', async () => {
    await app.sql(
      `INSERT INTO imports (id, source, options, state, actor, updated_at)
       VALUES ('01932f5e-7c1a-4e7a-9d3b-6f0e4f7d2a11', 'nightly', '{}', 'running', 'x', now() - interval '2 minutes')`,
    );
    const { body } = await app.get(`${URL}/01932f5e-7c1a-4e7a-9d3b-6f0e4f7d2a11`);
    expect(body).toMatchObject({ state: 'interrupted' });
    expect((await sent('source=nightly', domain('a'))).status).toBe(200);
  });

  test('the record of an import that waits too long for a lock has the code of its response', async () => {
    const impatient = await TestApp.start({ DATABASE_STATEMENT_TIMEOUT_MS: '300', DATABASE_LOCK_TIMEOUT_MS: '0' });
    await impatient.post('/api/v1/domains', domain('revenue'));
    const lock = impatient.sql(
      'WITH locked AS MATERIALIZED (SELECT id FROM domains FOR UPDATE) SELECT pg_sleep(3), id FROM locked',
    );
    await sleep(300);
    const body = lines({ ...domain('revenue'), name: 'New' });
    const response = await impatient.post(URL, body, NDJSON);
    expect(response).toMatchObject({ status: 504, body: { code: 'timeout' } });
    const { body: list } = await impatient.get(URL);
    const [{ id }] = (list as { data: [{ id: string }] }).data;
    expect((await impatient.get(`${URL}/${id}`)).body).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
    await lock;
    await impatient.stop();
  });

  test('unknown imports are 404', async () => {
    for (const id of ['1', '01932f5e-7c1a-4e7a-9d3b-6f0e4f7d2a11'])
      expect(await app.get(`${URL}/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('sources are created, listed, replaced and deleted', async () => {
    const settings = { key_prefix: 'dbt.', default_domain: 'revenue', prune: 'flag' };
    expect(await app.put('/api/v1/sources/dbt', settings)).toMatchObject({
      status: 201,
      body: { key: 'dbt', ...settings, status_policy: 'keep', on_conflict: 'local', documents: 0 },
    });
    expect(await app.put('/api/v1/sources/DBT', { default_owner: 'Ops' })).toMatchObject({
      status: 200,
      body: { key: 'dbt', key_prefix: null, default_owner: 'Ops', prune: 'report' },
    });
    await sent('source=dbt', domain('revenue'));
    expect((await app.get('/api/v1/sources')).body).toMatchObject({ data: [{ key: 'dbt', documents: 1 }] });
    expect(await app.put('/api/v1/sources/dbt', { format: 'xlsx' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/format' }] },
    });
    expect((await app.put('/api/v1/sources/a%20b', {})).status).toBe(422);
    expect((await app.delete('/api/v1/sources/dbt')).status).toBe(204);
    expect((await app.get('/api/v1/domains/revenue')).status).toBe(200);
    for (const response of [await app.get('/api/v1/sources/dbt'), await app.delete('/api/v1/sources/dbt')])
      expect(response).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

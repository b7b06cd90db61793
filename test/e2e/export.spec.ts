import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../../src/database/database';
import type { CompletedRequest } from '../../src/instrumentation/request-completion';
import { linesOf, problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { RESOURCES } from '../contract/resources';
import { createTestDatabase } from '../support/database';
import { completeMetric, domain } from '../support/documents';

const metrics = '/api/v1/metrics';
const ROWS = 12_000;

/** Inserts more than socket buffers can hold, so that the service waits for a client that stops reading. */
const fill = (t: TestApp, bytes = 1000) =>
  t.sql(
    `INSERT INTO metrics (key, data) SELECT 'row-' || n, jsonb_build_object(
       'name', 'n', 'extra', jsonb_build_object('x', (
         SELECT string_agg(md5(n || ' ' || part), '') FROM generate_series(1, ${bytes / 32}) AS part)), 'tags', '["many"]'::jsonb)
     FROM generate_series(1, ${ROWS}) AS n`,
  );

/** Starts an export over a socket, from an address of its own, and stops reading after the first bytes. */
async function begin(
  t: TestApp,
  localAddress = '127.0.0.1',
  headers = {},
): Promise<{ request: ClientRequest; response: IncomingMessage; first: string }> {
  const request = get(`${await t.app.getUrl()}${metrics}/export`, { agent: false, localAddress, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  const [first] = (await once(response, 'data')) as [string];
  response.pause();
  return { request, response, first };
}

/** Waits until a condition holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await holds()); await sleep(20))
    if (Date.now() > deadline) throw new Error('The condition did not hold within 10 s.');
}

describe('an export', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await TestApp.start();
    for (const [key, parent] of [['finance'], ['revenue', 'finance']] as const)
      await t.post('/api/v1/domains', domain(key, parent ? { parent } : {}));
    await t.post(metrics, completeMetric('b', { tags: ['x'] }));
    await t.post(metrics, completeMetric('A', { business_domain: 'finance', tags: ['x', 'y'] }));
    await t.post(metrics, { metric_id: 'c', name: 'C' });
    await t.post(metrics, { metric_id: 'gone', name: 'Deleted' });
    await t.delete(`${metrics}/gone`);
    await t.app.listen(0, '127.0.0.1');
  });
  afterAll(() => t.stop());

  const keys = async (query: string) => {
    const lines = linesOf(await t.get(`${metrics}/export?${query}`));
    expect(lines.at(-1)).toEqual({ count: lines.length - 1 });
    return lines.slice(0, -1).map(({ metric_id }) => metric_id);
  };

  const fetchFrom = async (localAddress: string) => {
    const request = get(`${await t.app.getUrl()}/api/v1/domains/export`, { agent: false, localAddress });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    return response;
  };

  it('has one document per line, ordered by key, and ends with the count', async () => {
    const response = await t.get(`${metrics}/export`);
    expect([response.status, response.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    const lines = linesOf(response);
    expect(lines.map(({ metric_id }) => metric_id)).toEqual(['A', 'b', 'c', undefined]);
    expect(lines[1]).toEqual((await t.get(`${metrics}/b`)).body);
    expect(lines.at(-1)).toEqual({ count: 3 });
    expect(response.text.endsWith('\n')).toBe(true);
  });

  it('has no line with the count for a client that accepts none', async () => {
    const accept = 'application/x-ndjson;trailer=none';
    const response = await t.get(`${metrics}/export`, { accept });
    expect([response.status, response.headers['content-type']]).toEqual([200, accept]);
    expect(linesOf(response).map(({ metric_id }) => metric_id)).toEqual(['A', 'b', 'c']);
    expect((await t.get(`${metrics}/export?tier=tier-3`, { accept })).text).toBe('');
  });

  it('forbids shared caches', async () => {
    for (const resource of RESOURCES) {
      expect((await t.get(`/api/v1/${resource}/export`)).headers).toMatchObject({
        'cache-control': 'private, no-cache',
        vary: 'Accept-Encoding, Authorization',
      });
    }
  });

  it('accepts the filters of a list', async () => {
    expect(await keys('tags=x')).toEqual(['A', 'b']);
    expect(await keys('tags_all=x,y')).toEqual(['A']);
    expect(await keys('missing=owner')).toEqual(['c']);
    expect(await keys('include_deleted=true')).toEqual(['A', 'b', 'c', 'gone']);
    expect(await keys('business_domain=finance')).toEqual(['A']);
    expect(await keys('business_domain=finance&include_subdomains=true')).toEqual(['A', 'b']);
    expect(await keys('include_subdomains=false')).toEqual(['A', 'b', 'c']);
    expect(await keys('q=meaning')).toEqual(['A', 'b']);
    expect(await keys('tier=tier-3')).toEqual([]);
  });

  it.each(['page=1', 'limit=10', 'sort=name', 'cursor=', 'fields=name', 'colour=red', 'tier=x'])(
    'refuses ?%s',
    async (query) => {
      expect(problemOf(await t.get(`${metrics}/export?${query}`))).toMatchObject({
        status: 400,
        code: 'invalid_parameter',
      });
    },
  );

  it('of domains and objectives contains no computed members', async () => {
    const lines = linesOf(await t.get('/api/v1/domains/export'));
    expect(lines.map(({ domain_id }) => domain_id)).toEqual(['finance', 'revenue', undefined]);
    expect(lines[0]).not.toHaveProperty('metric_count');
    expect(linesOf(await t.get('/api/v1/objectives/export'))).toEqual([{ count: 0 }]);
  });

  it('is one snapshot without concurrent writes', async () => {
    await fill(t);
    const { response, first } = await begin(t);
    await t.post(metrics, { metric_id: 'zzz', name: 'Too late' });
    await t.patch(`${metrics}/row-9999`, { name: 'Too late' });
    await t.delete(`${metrics}/row-9998`);
    let text = first;
    response.on('data', (chunk: string) => (text += chunk)).resume();
    await once(response, 'end');
    const lines = text.trimEnd().split('\n');
    expect(lines.at(-1)).toBe(`{"count":${ROWS + 3}}`);
    expect(lines).toHaveLength(ROWS + 4);
    expect(text).not.toContain('Too late');
    expect(text).toContain('"row-9998"');
  });

  it('uses few connections: further exports are refused', async () => {
    const hurried = await TestApp.start({ DATABASE_POOL_TIMEOUT_MS: '300' });
    try {
      await fill(hurried);
      await hurried.app.listen(0, '127.0.0.1');
      const running = [await begin(hurried, '127.0.0.2'), await begin(hurried, '127.0.0.3')];
      const refused = await hurried.get(`${metrics}/export`);
      expect(problemOf(refused)).toMatchObject({ status: 503, code: 'overloaded' });
      expect(refused.headers).toMatchObject({
        'retry-after': '5',
        'content-type': expect.stringContaining('problem') as string,
      });
      expect((await hurried.get(`${metrics}/row-1`)).status).toBe(200);
      for (const { request } of running) request.destroy();
      // HEAD reads nothing and does not count as a running export.
      for (const method of ['HEAD', 'HEAD', 'HEAD', 'GET'])
        await until(async () => (await hurried.send(method, '/api/v1/domains/export')).status === 200);
    } finally {
      await hurried.stop();
    }
  });

  it('leaves connections to other clients: a client has a share of them', async () => {
    const running = await begin(t, '127.0.0.2');
    const waiting = fetchFrom('127.0.0.2');
    expect((await fetchFrom('127.0.0.3')).statusCode).toBe(200);
    expect(t.app.get(Database).connections.streams).toBe(1);
    running.request.destroy();
    expect((await waiting).statusCode).toBe(200);
    // One after the other: the last line frees the share.
    for (let index = 0; index < 20; index++) expect((await fetchFrom('127.0.0.2')).statusCode).toBe(200);
  });

  it('of a slow reader is cut after a guaranteed time while another client waits, and of no other', async () => {
    await until(() => Promise.resolve(t.app.get(Database).connections.streams === 0));
    const slow = [await begin(t, '127.0.0.2'), await begin(t, '127.0.0.3')];
    const cut = slow.map(
      ({ response }) =>
        new Promise<boolean>((resolve) =>
          response.once('end', () => resolve(false)).once('error', () => resolve(true)),
        ),
    );
    const start = performance.now();
    expect((await fetchFrom('127.0.0.4')).statusCode).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(4000);
    // The other one goes on, and ends with its count.
    for (const { response } of slow) response.resume();
    expect((await Promise.all(cut)).sort()).toEqual([false, true]);
  });

  it('is refused with 429 where the turn of the client does not come', async () => {
    const hurried = await TestApp.start({ DATABASE_POOL_TIMEOUT_MS: '300' });
    try {
      await fill(hurried, 2048);
      await hurried.app.listen(0, '127.0.0.1');
      const running = await begin(hurried, '127.0.0.1');
      const refused = await hurried.get(`${metrics}/export`);
      expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([429, 'rate_limited', '5']);
      running.request.destroy();
    } finally {
      await hurried.stop();
    }
  });

  it.each(['identity', 'gzip'])(
    'is cut at its deadline, without the line with the count, and releases its connection: %s',
    async (encoding) => {
      const hurried = await TestApp.start({ EXPORT_TIMEOUT_MS: '2000', DATABASE_POOL_SIZE: '1' });
      const completed: CompletedRequest[] = [];
      hurried.app
        .getHttpAdapter()
        .getInstance()
        .requestCompletion.onCompleted((one) => completed.push(one));
      try {
        await fill(hurried, 2048);
        await hurried.app.listen(0, '127.0.0.1');
        const { response, first } = await begin(hurried, '127.0.0.2', { 'accept-encoding': encoding });
        expect(response.headers['content-encoding'] ?? 'identity').toBe(encoding);
        const cut = expect(once(response, 'end')).rejects.toThrow('aborted');
        await until(async () => (await hurried.get('/api/v1/domains/export')).status === 200);
        expect(completed.find(({ route }) => route === `${metrics}/export`)).toMatchObject({
          status: 200,
          problem: 'timeout',
        });
        let text = first;
        response.on('data', (chunk: string) => (text += chunk)).resume();
        await cut;
        expect(text).not.toContain('"count"');
        expect(hurried.app.get(Database).connections).toMatchObject({ streams: 0 });
      } finally {
        await hurried.stop();
      }
    },
  );

  it('is aborted when the client stops reading, and releases its connection', async () => {
    const database = await createTestDatabase();
    const url = `${database.url}?idle_in_transaction_session_timeout=1000`;
    const impatient = await TestApp.start({ DATABASE_URL: url, DATABASE_POOL_SIZE: '1' }, database);
    try {
      await fill(impatient);
      await impatient.app.listen(0, '127.0.0.1');
      const { response, first } = await begin(impatient);
      const cut = expect(once(response, 'end')).rejects.toThrow('aborted');
      // A response shows that the only connection is free.
      await until(async () => (await impatient.get('/api/v1/domains/export')).status === 200);
      expect((await impatient.get(`${metrics}/row-1`)).status).toBe(200);
      let text = first;
      response.on('data', (chunk: string) => (text += chunk)).resume();
      await cut;
      expect(text).not.toContain('"count"');
    } finally {
      await impatient.stop();
    }
  });

  it('releases its connection when the client disconnects', async () => {
    const small = await TestApp.start({ DATABASE_POOL_SIZE: '1' });
    try {
      await fill(small);
      await small.app.listen(0, '127.0.0.1');
      for (let round = 0; round < 3; round++) {
        const { request } = await begin(small);
        // The only connection is in use, so the export is still running.
        const [, response] = await Promise.all([
          new Promise<void>((resolve) => setTimeout(() => resolve(void request.destroy()), 50)),
          small.get(`${metrics}/row-1`),
        ]);
        expect(response.status).toBe(200);
      }
    } finally {
      await small.stop();
    }
  });
});

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { TestApp } from '../support/app';
import { completeMetric } from '../support/documents';

const metrics = '/api/v1/metrics';

interface RawResponse {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** A request over a socket, whose body comes as it was sent. */
async function fetchRaw(
  t: TestApp,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<RawResponse> {
  const sent = request(`${await t.app.getUrl()}${path}`, { method, headers, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

/** Metrics of two kilobytes of which compression saves no more than half. */
const fill = (t: TestApp, rows: number) =>
  t.sql(
    `INSERT INTO metrics (key, data) SELECT 'row-' || n, jsonb_build_object('name', 'n', 'extra', jsonb_build_object('x',
       (SELECT string_agg(md5(n + m / 100.0 || ''), '') FROM generate_series(1, 64) AS m))) FROM generate_series(1, ${rows}) AS n`,
  );

describe.each(['true', 'false'])('compression, with ENABLE_CACHE=%s', (cached) => {
  let t: TestApp;

  beforeAll(async () => {
    t = await TestApp.start({ ENABLE_CACHE: cached });
    await t.post('/api/v1/domains', { domain_id: 'revenue', name: 'Revenue' });
    await t.post(metrics, completeMetric('small'));
    await t.post(metrics, completeMetric('large', { description: 'What it means. '.repeat(100) }));
    await fill(t, 100);
    await t.app.listen(0, '127.0.0.1');
  });
  afterAll(() => t.stop());

  const paths = [metrics, `${metrics}/large`, `${metrics}/export`, '/openapi.json'];

  it.each(paths)('sends %s in the negotiated encoding with the same content', async (path) => {
    const plain = await fetchRaw(t, path, {});
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(plain.body.length).toBeGreaterThan(1024);
    for (const [accepted, encoding, decode] of [
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['gzip, deflate', 'gzip', gunzipSync],
      ['deflate', 'deflate', inflateSync],
      ['br;q=0.1, *', 'gzip', gunzipSync],
    ] as const) {
      const response = await fetchRaw(t, path, { 'accept-encoding': accepted });
      expect([response.status, response.headers['content-encoding']]).toEqual([200, encoding]);
      expect(response.body.length).toBeLessThan(plain.body.length * 0.7);
      expect(decode(response.body).toString()).toBe(plain.body.toString());
      expect(response.headers['content-type']).toBe(plain.headers['content-type']);
      expect(response.headers.etag).toBe(plain.headers.etag);
    }
  });

  it.each([
    ['the client takes none', {}],
    ['it takes none of ours', { 'accept-encoding': 'zstd' }],
    ['it refuses all', { 'accept-encoding': '*;q=0' }],
    ['it likes identity best', { 'accept-encoding': 'identity, br;q=0.5' }],
    ['it says so', { 'accept-encoding': 'br', 'x-no-compression': '1' }],
  ])('does not compress where %s', async (_, headers) => {
    for (const path of paths) {
      const response = await fetchRaw(t, path, headers);
      expect(response.headers).not.toHaveProperty('content-encoding');
      expect(response.body.toString()).toContain('"');
    }
  });

  it('does not compress bodies below 1 KiB', async () => {
    const response = await fetchRaw(t, `${metrics}/small?fields=name`, { 'accept-encoding': 'br' });
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(JSON.parse(response.body.toString())).toMatchObject({ metric_id: 'small' });
  });

  it('compresses problems', async () => {
    const unknown = Array.from({ length: 20 }, (_, n) => `colour_${n}=red`).join('&');
    const response = await fetchRaw(t, `${metrics}?${unknown}`, { 'accept-encoding': 'br' });
    expect(response.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'application/problem+json; charset=utf-8',
    });
    expect(JSON.parse(brotliDecompressSync(response.body).toString())).toMatchObject({ code: 'invalid_parameter' });
  });

  it('lists each header once in Vary', async () => {
    for (const path of paths)
      for (const accepted of ['br', 'identity']) {
        const { headers } = await fetchRaw(t, path, { 'accept-encoding': accepted });
        const names = String(headers.vary).toLowerCase().split(', ').sort();
        expect(names).toEqual(path === '/openapi.json' ? ['accept-encoding'] : ['accept-encoding', 'authorization']);
      }
  });

  it('has one strong ETag for a document, which gets 304 for any encoding', async () => {
    const tagged = await fetchRaw(t, `${metrics}/large`, { 'accept-encoding': 'gzip' });
    expect(tagged.headers.etag).toBe('"1"');
    for (const accepted of ['br', 'gzip', 'identity']) {
      const headers = { 'accept-encoding': accepted, 'if-none-match': '"1"' };
      const response = await fetchRaw(t, `${metrics}/large`, headers);
      expect([response.status, response.body.length]).toEqual([304, 0]);
      expect(response.headers).not.toHaveProperty('content-encoding');
      expect(response.headers).toMatchObject({
        etag: '"1"',
        vary: expect.stringMatching(/accept-encoding/i) as string,
      });
    }
  });

  it('sends the headers of GET for HEAD', async () => {
    for (const path of paths)
      for (const accepted of ['br', 'gzip', 'identity']) {
        const full = await fetchRaw(t, path, { 'accept-encoding': accepted });
        const head = await fetchRaw(t, path, { 'accept-encoding': accepted }, 'HEAD');
        expect(head.body.length).toBe(0);
        const { 'content-length': length, ...described } = head.headers;
        for (const name of ['content-type', 'content-encoding', 'etag', 'vary'])
          expect([name, described[name]]).toEqual([name, full.headers[name]]);
        // It may be left out (RFC 9110, 8.6), but not be wrong.
        if (length !== undefined) expect(Number(length)).toBe(full.body.length);
      }
  });

  it('does not change responses without content', async () => {
    await t.post(metrics, { metric_id: 'gone', name: 'Gone' });
    const response = await fetchRaw(t, `${metrics}/gone`, { 'accept-encoding': 'br', 'if-match': '"1"' }, 'DELETE');
    expect([response.status, response.body.length]).toEqual([204, 0]);
    expect(response.headers).not.toHaveProperty('content-encoding');
  });
});

describe('a compressed export', () => {
  it.each(['br', 'gzip'])('in %s releases its database connection when the client disconnects', async (encoding) => {
    const t = await TestApp.start({
      DATABASE_POOL_SIZE: '1',
      DATABASE_POOL_TIMEOUT_MS: '20000',
      DATABASE_STATEMENT_TIMEOUT_MS: '20000',
    });
    let isAnswered = false;
    try {
      // More than sockets and compressors hold, so that it cannot be over while its reader has had only its beginning.
      await fill(t, 12_000);
      await t.app.listen(0, '127.0.0.1');
      const url = `${await t.app.getUrl()}${metrics}/export`;
      const sent = request(url, { agent: false, headers: { 'accept-encoding': encoding } }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      await once(response, 'data');
      response.pause();
      // It has the only connection until it ends.
      const waiting = t.get(`${metrics}/row-1`).finally(() => (isAnswered = true));
      await sleep(200);
      expect(isAnswered).toBe(false);
      sent.destroy();
      expect((await waiting).status).toBe(200);
    } finally {
      await t.stop();
    }
  });
});

describe('ENABLE_COMPRESSION=false', () => {
  it('compresses nothing', async () => {
    const t = await TestApp.start({ ENABLE_COMPRESSION: 'false' });
    try {
      await t.app.listen(0, '127.0.0.1');
      await fill(t, 5);
      for (const [path, member] of [
        ['/openapi.json', 'openapi'],
        [metrics, 'data'],
        [metrics, 'data'],
      ] as const) {
        const response = await fetchRaw(t, path, { 'accept-encoding': 'br, gzip' });
        expect(response.headers).not.toHaveProperty('content-encoding');
        expect(JSON.parse(response.body.toString())).toHaveProperty(member);
      }
    } finally {
      await t.stop();
    }
  });
});

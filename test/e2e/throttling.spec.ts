import type { AddressInfo } from 'node:net';
import { exchange } from '../contract/raw-http';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { domain } from '../support/documents';
import { expectProblem } from '../contract/problems';
import { ThrottlingStats } from '../../src/throttling/throttling-stats';

const METRICS = '/api/v1/metrics';
const NAMES = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
const remainingOf = ({ headers }: TestResponse) => Number(headers['x-ratelimit-remaining']);
const limited = (settings: Record<string, string> = {}) => TestApp.start({ THROTTLE_ENABLED: 'true', ...settings });

describe('rate limiting', () => {
  let t: TestApp;
  /** Each test is a client of its own, by the address that a trusted proxy forwards. */
  let address = 0;
  const from = (ip?: string) => ({ 'x-forwarded-for': ip ?? `198.51.100.${address}` });
  const get = (url: string, headers = {}) => t.get(url, { ...from(), ...headers });
  const useUp = async (ip?: string) => {
    const responses = await Promise.all(times(50, () => t.get('/nowhere', from(ip))));
    expect(responses.map(({ status }) => status)).not.toContain(429);
  };
  beforeAll(async () => {
    t = await limited({ THROTTLE_ANONYMOUS: '50', THROTTLE_WRITES: '5', TRUST_PROXY_HOPS: '1' });
  });
  beforeEach(() => {
    address++;
  });
  afterAll(() => t.stop());

  it('allows exactly the quota, also for concurrent requests', async () => {
    const responses = await Promise.all(times(100, () => get(METRICS)));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(50);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(50);
    const remaining = responses.filter(({ status }) => status === 200).map(remainingOf);
    // The remainder when the response is sent, not when the request arrived.
    expect([remaining.length, Math.min(...remaining)]).toEqual([50, 0]);
  });

  it('responds 429 rate_limited with Retry-After, and further requests do not postpone the reset', async () => {
    await useUp();
    const response = await t.app.getHttpAdapter().getInstance().inject({ url: METRICS, headers: from() });
    expect(response.statusCode).toBe(429);
    expect(response.json()).toMatchObject({ code: 'rate_limited', status: 429, title: 'Too many requests' });
    expect(Object.keys(response.headers).filter((name) => name.startsWith('retry-after'))).toEqual(['retry-after']);
    const wait = String(response.headers['retry-after']);
    expect(wait).toMatch(/^[1-9]\d*$/);
    expect(Number(wait)).toBeLessThanOrEqual(60);
    expect(response.headers).toMatchObject({
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': wait,
      ratelimit: `"anonymous";r=0;t=${wait}`,
      'ratelimit-policy': '"anonymous";q=50;w=60',
    });
    await Promise.all(times(100, () => get(METRICS)));
    expect(Number((await get(METRICS)).headers['retry-after'])).toBeLessThanOrEqual(Number(wait));
  });

  it('responds with problem+json, and does not limit other clients', async () => {
    await useUp();
    const refused = await get(`${METRICS}?page=1e3`);
    expect(expectProblem(refused).code).toBe('rate_limited');
    expect((await t.get(METRICS, from('203.0.113.9'))).status).toBe(200);
  });

  it('paces the large bodies of a client, and refuses those that would wait too long', async () => {
    const other = await limited({ THROTTLE_WRITES: '100' });
    try {
      const large = `{"name":"${'x'.repeat(1_040_000)}"}`;
      const statuses = await Promise.all(times(30, () => other.post(METRICS, large).then(({ status }) => status)));
      expect(new Set(statuses)).toEqual(new Set([422, 429]));
      expect((await other.post(METRICS, { name: 'Small' })).status).toBe(201);
    } finally {
      await other.stop();
    }
  });

  it('never refuses a valid key for what others at its address did, guesses included', async () => {
    const { body } = await t.post('/api/v1/api-keys', { name: 'n', role: 'viewer' }, from('203.0.113.50'));
    await useUp();
    const withKey = (key: string) => get(METRICS, { authorization: `Bearer ${key}` });
    const wrong = String(body.key).replace(/.{8}$/, 'A'.repeat(8));
    const guesses = times(200, () => withKey(wrong));
    expect((await withKey(String(body.key))).status).toBe(200);
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([429]));
    expect((await get(METRICS)).status).toBe(429);
  });

  it.each([
    ['a list', 'GET', METRICS, 200],
    ['an unknown document', 'GET', `${METRICS}/nobody`, 404],
    ['an unknown route', 'GET', '/wp-login.php', 404],
    ['an unknown route below a free one', 'GET', '/health/nowhere', 404],
    ['an empty parameter', 'GET', `${METRICS}//revisions`, 404],
    ['a method that a path lacks', 'GET', `${METRICS}/x/restore`, 405],
    ['OPTIONS', 'OPTIONS', METRICS, 204],
    ['a bad query', 'GET', `${METRICS}?page=0`, 400],
    ['a query that cannot be decoded', 'GET', `${METRICS}?q=%zz`, 400],
    ['a path that cannot be decoded', 'GET', '/%zz', 400],
    ['a key that cannot be decoded', 'GET', `${METRICS}/%ff?q=%20`, 400],
    ['a key that is too long', 'GET', `${METRICS}/${'k'.repeat(2000)}`, 414],
    ['a URL that is too long', 'GET', `${METRICS}?q=${'q'.repeat(8000)}`, 414],
    ['a body that is no JSON', 'POST', METRICS, 400],
  ])('counts %s, with headers in the response', async (_, method, url, status) => {
    const before = remainingOf(await get('/nowhere'));
    const response = await t.send(method, url, { headers: from(), ...(method === 'POST' && { body: '{' }) });
    expect(response.status).toBe(status);
    expect(NAMES.filter((name) => response.headers[name] === undefined)).toEqual([]);
    expect(response.headers['retry-after']).toBeUndefined();
    const after = remainingOf(await get('/nowhere'));
    expect(before - after).toBe(2);
  });

  it('refuses unknown routes and invalid requests too', async () => {
    await useUp();
    const responses = await Promise.all([
      get('/wp-login.php'),
      get(`${METRICS}?q=%zz`),
      get(`${METRICS}/x/restore`),
      t.post(METRICS, '{', from()),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
  });

  it('counts writes against both limits, and shows the one with less left in X-RateLimit-*', async () => {
    const create = (key: string) => t.post('/api/v1/domains', domain(key), from());
    const first = await create('write-0');
    expect(first.headers).toMatchObject({
      ratelimit: '"anonymous";r=49;t=60, "writes";r=4;t=60',
      'ratelimit-policy': '"anonymous";q=50;w=60, "writes";q=5;w=60',
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '4',
    });
    const others = await Promise.all(times(9, (index) => create(`write-${index + 1}`)));
    expect(others.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 429, 429, 429, 429, 429]);
    expect(others.find(({ status }) => status === 429)?.body.detail).toMatch(/“writes” of 5/);
    const [row] = await t.sql(`SELECT count(*)::int AS count FROM domains WHERE key LIKE 'write-%'`);
    expect(row).toEqual({ count: 5 });
    // Refused writes are not counted, and reads are still allowed.
    expect(remainingOf(await get('/nowhere'))).toBe(44);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('counts %s as a write', async (method) => {
    const response = await t.send(method, `${METRICS}/x`, { headers: from() });
    expect(response.headers.ratelimit).toMatch(/^"anonymous";r=49;t=60, "writes";r=4;t=60$/);
  });

  it.each([
    ['GET', '/api/v1/domains/kept'],
    ['GET', '/api/v1/domains?sort=name'],
    ['HEAD', '/api/v1/domains/kept'],
    ['HEAD', '/api/v1/domains?sort=name'],
  ])('does not count a 304 from the cache for the current tag: %s %s', async (method, url) => {
    await t.put('/api/v1/domains/kept', domain('kept'), { 'if-none-match': '*', ...from('203.0.113.10') });
    const { headers } = await get(url);
    const responses = [];
    // A proxy that compresses makes the tag weak.
    for (const etag of [headers.etag ?? '', `W/${headers.etag?.replace('W/', '')}`])
      for (let index = 0; index < 30; index++)
        responses.push(await t.send(method, url, { headers: { ...from(), 'if-none-match': etag } }));
    expect(responses.map(({ status }) => status)).toEqual(times(60, () => 304));
    expect(responses.map(remainingOf)).toEqual(times(60, () => 49));
    expect(remainingOf(await get('/nowhere'))).toBe(48);
  });

  it.each(['/api/v1/domains/listed', '/api/v1/domains?sort=-name'])(
    'counts a 304 for any other condition, from the cache too: %s',
    async (url) => {
      await t.put('/api/v1/domains/listed', domain('listed'), { 'if-none-match': '*', ...from('203.0.113.11') });
      const { etag = '' } = (await get(url)).headers;
      const guesses = times(2000, (index) => `"${index + 2}"`).join();
      const conditions = ['*', `${guesses}, ${etag}`, `${etag}, "other"`, `${etag},`];
      const responses = [];
      for (const condition of conditions) responses.push(await get(url, { 'if-none-match': condition }));
      expect(responses.map(({ status }) => status)).toEqual(conditions.map(() => 304));
      expect(responses.map(({ headers }) => headers['x-cache'])).toEqual(conditions.map(() => 'HIT'));
      expect(responses.map(remainingOf)).toEqual([48, 47, 46, 45]);
      // No tag, and not the asterisk.
      const [spaced, none] = [await get(url, { 'if-none-match': '\xa0*' }), await get(url, { 'if-none-match': 'x' })];
      expect([spaced.status, none.status]).toEqual([200, 200]);
    },
  );

  it('counts a 304 of a route that is not cached', async () => {
    const uncached = await limited({ ENABLE_CACHE: 'false' });
    try {
      await uncached.put('/api/v1/domains/kept', domain('kept'), { 'if-none-match': '*' });
      const { etag = '' } = (await uncached.get('/api/v1/domains/kept')).headers;
      const condition = { 'if-none-match': etag };
      const [first, second] = [
        await uncached.get('/api/v1/domains/kept', condition),
        await uncached.get('/api/v1/domains/kept', condition),
      ];
      expect([first.status, second.status, remainingOf(first) - remainingOf(second)]).toEqual([304, 304, 1]);
    } finally {
      await uncached.stop();
    }
  });

  it('counts a 304 that needed a query', async () => {
    const request = (index: number) => get(`${METRICS}?q=word${index}`, { 'if-none-match': '*' });
    const statuses = [];
    for (let index = 0; index < 52; index++) statuses.push((await request(index)).status);
    expect(statuses).toEqual([...times(50, () => 304), 429, 429]);
  });

  it('does not limit health checks', async () => {
    await useUp();
    const responses = await Promise.all(times(20, () => get('/health/live')));
    responses.push(await get('/health/ready'));
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    expect(responses.filter(({ headers }) => NAMES.some((name) => headers[name] !== undefined))).toEqual([]);
  });

  it('counts a /64 network as one client, and an IPv4-mapped address as IPv4', async () => {
    await useUp('2001:db8:7:7::1');
    expect((await t.get(METRICS, from('2001:db8:7:7:ffff::2'))).status).toBe(429);
    expect((await t.get(METRICS, from('2001:db8:7:8::1'))).status).toBe(200);
    await useUp('203.0.113.77');
    expect((await t.get(METRICS, from('::ffff:203.0.113.77'))).status).toBe(429);
  });

  it('trusts the nearest proxy only, not addresses that the client sends', async () => {
    await useUp();
    const own = from()['x-forwarded-for'];
    expect((await t.get(METRICS, from(`192.0.2.200, ${own}`))).status).toBe(429);
    expect((await t.get(METRICS, from(`${own}, 192.0.2.201`))).status).toBe(200);
  });

  it('counts decisions for statistics', async () => {
    const stats = t.app.get(ThrottlingStats);
    const { allowed, refunded, refused } = { ...stats, refused: { ...stats.refused } };
    await Promise.all(times(53, () => get('/nowhere')));
    expect(stats.allowed - allowed).toBe(50);
    expect((stats.refused['anonymous'] ?? 0) - (refused['anonymous'] ?? 0)).toBe(3);
    expect([stats.refunded - refunded, stats.countedLocally]).toEqual([0, 0]);
  });
});

describe('rate limiting without a trusted proxy', () => {
  it('ignores X-Forwarded-For', async () => {
    const t = await limited({ THROTTLE_ANONYMOUS: '3' });
    const responses = [];
    for (let index = 0; index < 5; index++)
      responses.push(await t.get(METRICS, { 'x-forwarded-for': `198.51.100.${index}` }));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    await t.stop();
  });
});

describe('rate limiting of requests that the HTTP parser refuses', () => {
  const QUOTA = 8;
  let t: TestApp;
  let port: number;
  beforeEach(async () => {
    t = await limited({ THROTTLE_ANONYMOUS: String(QUOTA) });
    await t.app.listen(0, '127.0.0.1');
    port = (t.app.getHttpServer().address() as AddressInfo).port;
  });
  afterEach(() => t.stop());

  it('counts each against the client address, and refuses every request of it above the limit', async () => {
    const unparsable = [
      'HELLO\r\n\r\n',
      '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1',
      'GET / HTTP/3.7\r\n\r\n',
      'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
      'CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n',
    ];
    const responses = [];
    for (const bytes of unparsable) responses.push(await exchange(port, bytes));
    expect(responses.map(({ status }) => status)).toEqual([400, 400, 400, 400, 431, 414, 400]);
    expect(responses.map(remainingOf)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(responses.filter(({ headers }) => NAMES.some((name) => headers[name] === undefined))).toEqual([]);
    expect((await fetch(`http://127.0.0.1:${port}${METRICS}`)).status).toBe(200);
    const refused = await exchange(port, 'HELLO\r\n\r\n');
    expect(expectProblem(refused).code).toBe('rate_limited');
    expect(refused).toMatchObject({
      closed: true,
      headers: { 'retry-after': expect.stringMatching(/^[1-9]\d?$/) as string },
    });
    expect((await fetch(`http://127.0.0.1:${port}${METRICS}`)).status).toBe(429);
    expect(t.app.get(ThrottlingStats).refused['anonymous']).toBe(2);
  });

  it('counts a request once where its body is refused', async () => {
    const head = `POST ${METRICS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
    expect((await exchange(port, `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`)).status).toBe(400);
    expect(remainingOf(await t.get('/nowhere'))).toBe(QUOTA - 2);
  });
});

describe('rate limiting that is disabled', () => {
  it('counts nothing and sends no headers', async () => {
    const t = await limited({ THROTTLE_ENABLED: 'false', THROTTLE_ANONYMOUS: '1', THROTTLE_WRITES: '1' });
    const responses = [await t.get(METRICS), await t.get(METRICS), await t.get('/nowhere')];
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 404]);
    expect(responses.flatMap(({ headers }) => NAMES.filter((name) => headers[name] !== undefined))).toEqual([]);
    await t.stop();
  });
});

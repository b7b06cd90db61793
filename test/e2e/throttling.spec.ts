import { type Answer, TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { domain } from '../support/documents';
import { expectProblem } from '../contract/problems';
import { ThrottlingStats } from '../../src/throttling/throttling-stats';

const METRICS = '/api/v1/metrics';
const NAMES = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
const remainingOf = ({ headers }: Answer) => Number(headers['x-ratelimit-remaining']);
const limited = (settings: Record<string, string> = {}) => TestApp.start({ THROTTLE_ENABLED: 'true', ...settings });

describe('limits on callers', () => {
  let t: TestApp;
  /** Every test is a caller of its own, which a trusted proxy names. */
  let address = 0;
  const from = (ip?: string) => ({ 'x-forwarded-for': ip ?? `198.51.100.${address}` });
  const get = (url: string, headers = {}) => t.get(url, { ...from(), ...headers });
  const useUp = async (ip?: string) => {
    const answers = await Promise.all(times(50, () => t.get('/nowhere', from(ip))));
    expect(answers.map(({ status }) => status)).not.toContain(429);
  };
  beforeAll(async () => {
    t = await limited({ THROTTLE_ANONYMOUS: '50', THROTTLE_WRITES: '5', TRUST_PROXY_HOPS: '1' });
  });
  beforeEach(() => {
    address++;
  });
  afterAll(() => t.stop());

  it('let exactly as many requests pass as they say, also at once', async () => {
    const answers = await Promise.all(times(100, () => get(METRICS)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(50);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(50);
    const remaining = answers.filter(({ status }) => status === 200).map(remainingOf);
    // What is left when the answer is sent, not when the request came.
    expect([remaining.length, Math.min(...remaining)]).toEqual([50, 0]);
  });

  it('are answered with 429 rate_limited, one Retry-After, and a reset that further requests do not move', async () => {
    await useUp();
    const answer = await t.app.getHttpAdapter().getInstance().inject({ url: METRICS, headers: from() });
    expect(answer.statusCode).toBe(429);
    expect(answer.json()).toMatchObject({ code: 'rate_limited', status: 429, title: 'Too many requests' });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('retry-after'))).toEqual(['retry-after']);
    const wait = String(answer.headers['retry-after']);
    expect(wait).toMatch(/^[1-9]\d*$/);
    expect(Number(wait)).toBeLessThanOrEqual(60);
    expect(answer.headers).toMatchObject({
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': wait,
      ratelimit: `"anonymous";r=0;t=${wait}`,
      'ratelimit-policy': '"anonymous";q=50;w=60',
    });
    await Promise.all(times(100, () => get(METRICS)));
    expect(Number((await get(METRICS)).headers['retry-after'])).toBeLessThanOrEqual(Number(wait));
  });

  it('refuse in the one shape of problems, and leave other callers alone', async () => {
    await useUp();
    const refused = await get(`${METRICS}?page=1e3`);
    expect(expectProblem(refused).code).toBe('rate_limited');
    expect((await t.get(METRICS, from('203.0.113.9'))).status).toBe(200);
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
    ['a body that is no JSON', 'POST', METRICS, 400],
  ])('count %s, and say so in its answer', async (_, method, url, status) => {
    const before = remainingOf(await get('/nowhere'));
    const answer = await t.send(method, url, { headers: from(), ...(method === 'POST' && { body: '{' }) });
    expect(answer.status).toBe(status);
    expect(NAMES.filter((name) => answer.headers[name] === undefined)).toEqual([]);
    expect(answer.headers['retry-after']).toBeUndefined();
    const after = remainingOf(await get('/nowhere'));
    expect(before - after).toBe(2);
  });

  it('refuse unknown routes and bad requests as well', async () => {
    await useUp();
    const answers = await Promise.all([
      get('/wp-login.php'),
      get(`${METRICS}?q=%zz`),
      get(`${METRICS}/x/restore`),
      t.post(METRICS, '{', from()),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
  });

  it('count writes beside all requests: both policies are told, the tighter one in X-RateLimit-*', async () => {
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
    // Refused writes counted nowhere, and reads go on.
    expect(remainingOf(await get('/nowhere'))).toBe(44);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('count %s as a write', async (method) => {
    const answer = await t.send(method, `${METRICS}/x`, { headers: from() });
    expect(answer.headers.ratelimit).toMatch(/^"anonymous";r=49;t=60, "writes";r=4;t=60$/);
  });

  it.each(['/api/v1/domains/kept', '/api/v1/domains?sort=name'])('give back what is answered 304: %s', async (url) => {
    await t.put('/api/v1/domains/kept', domain('kept'), { 'if-none-match': '*', ...from('203.0.113.10') });
    const { headers } = await get(url);
    const answers = [];
    for (let index = 0; index < 60; index++) answers.push(await get(url, { 'if-none-match': headers.etag ?? '' }));
    expect(answers.map(({ status }) => status)).toEqual(times(60, () => 304));
    expect(answers.map(remainingOf)).toEqual(times(60, () => 49));
    expect(remainingOf(await get('/nowhere'))).toBe(48);
  });

  it('count a 304 that had to be looked for', async () => {
    const ask = (index: number) => get(`${METRICS}?q=word${index}`, { 'if-none-match': '*' });
    const statuses = [];
    for (let index = 0; index < 52; index++) statuses.push((await ask(index)).status);
    expect(statuses).toEqual([...times(50, () => 304), 429, 429]);
  });

  it('never concern health', async () => {
    await useUp();
    const answers = await Promise.all(times(20, () => get('/health/live')));
    answers.push(await get('/health/ready'));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.filter(({ headers }) => NAMES.some((name) => headers[name] !== undefined))).toEqual([]);
  });

  it('see the addresses of a /64 as one caller, and one mapped into IPv6 as the IPv4 it is', async () => {
    await useUp('2001:db8:7:7::1');
    expect((await t.get(METRICS, from('2001:db8:7:7:ffff::2'))).status).toBe(429);
    expect((await t.get(METRICS, from('2001:db8:7:8::1'))).status).toBe(200);
    await useUp('203.0.113.77');
    expect((await t.get(METRICS, from('::ffff:203.0.113.77'))).status).toBe(429);
  });

  it('believe the nearest proxy alone: what a client writes before it changes nothing', async () => {
    await useUp();
    const own = from()['x-forwarded-for'];
    expect((await t.get(METRICS, from(`192.0.2.200, ${own}`))).status).toBe(429);
    expect((await t.get(METRICS, from(`${own}, 192.0.2.201`))).status).toBe(200);
  });

  it('are counted for those who run the service', async () => {
    const stats = t.app.get(ThrottlingStats);
    const { allowed, refunded, refused } = { ...stats, refused: { ...stats.refused } };
    await Promise.all(times(53, () => get('/nowhere')));
    expect(stats.allowed - allowed).toBe(50);
    expect((stats.refused['anonymous'] ?? 0) - (refused['anonymous'] ?? 0)).toBe(3);
    expect([stats.refunded - refunded, stats.countedLocally]).toEqual([0, 0]);
  });
});

describe('without a trusted proxy', () => {
  it('X-Forwarded-For names nobody', async () => {
    const t = await limited({ THROTTLE_ANONYMOUS: '3' });
    const answers = [];
    for (let index = 0; index < 5; index++)
      answers.push(await t.get(METRICS, { 'x-forwarded-for': `198.51.100.${index}` }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    await t.stop();
  });
});

describe('switched off', () => {
  it('nothing is counted, and no header speaks of limits', async () => {
    const t = await limited({ THROTTLE_ENABLED: 'false', THROTTLE_ANONYMOUS: '1', THROTTLE_WRITES: '1' });
    const answers = [await t.get(METRICS), await t.get(METRICS), await t.get('/nowhere')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
    expect(answers.flatMap(({ headers }) => NAMES.filter((name) => headers[name] !== undefined))).toEqual([]);
    await t.stop();
  });
});

import { TestApp } from '../support/app';

const LIST = '/api/v1/metrics';
const APP = 'https://app.example.com';

describe('headers for browsers', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await TestApp.start({ TRUST_PROXY_HOPS: '1', THROTTLE_ENABLED: 'true' });
    await t.post(LIST, { metric_id: 'live', name: 'Live' });
  });
  afterAll(() => t.stop());

  it.each([
    ['an answer', LIST, {}],
    ['a kept answer', LIST, {}],
    ['an item', `${LIST}/live`, {}],
    ['a 304', `${LIST}/live`, { 'if-none-match': '"1"' }],
    ['an export', `${LIST}/export`, {}],
    ['an unknown route', '/nowhere', {}],
    ['a bad request', `${LIST}?limit=x`, {}],
    ['bad credentials', LIST, { authorization: 'Basic x' }],
    ['the contract', '/openapi.json', {}],
    ['health', '/health/live', {}],
    ['what cannot be decoded', '/%zz', {}],
  ])('tell them to do nothing with %s', async (_, url, headers) => {
    const answer = await t.get(url, headers);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    for (const name of [
      'x-powered-by',
      'server',
      'strict-transport-security',
      'set-cookie',
      'access-control-allow-origin',
    ])
      expect([name, answer.headers[name]]).toEqual([name, undefined]);
  });

  it('let the documentation run its own scripts only', async () => {
    const { headers } = await t.get('/docs');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('say that TLS is a must where a trusted proxy says that it was used', async () => {
    const answer = await t.get(LIST, { 'x-forwarded-proto': 'https' });
    expect(answer.headers['strict-transport-security']).toBe('max-age=63072000');
    const other = await TestApp.start({}, t.database);
    try {
      const untrusted = await other.get(LIST, { 'x-forwarded-proto': 'https' });
      expect(untrusted.headers).not.toHaveProperty('strict-transport-security');
    } finally {
      await other.app.close();
    }
  });

  it('let no origin in by default', async () => {
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const { headers } = await t.send(method, LIST, {
        headers: { origin: APP, 'access-control-request-method': 'POST', 'content-type': 'application/json' },
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('CORS_ORIGINS', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await TestApp.start({ CORS_ORIGINS: `${APP},http://localhost:5173`, AUTH_ANONYMOUS_ROLE: 'viewer' });
  });
  afterAll(() => t.stop());

  it('lets the listed ones in, kept answers and failures included, and no other', async () => {
    for (const url of [LIST, LIST, `${LIST}/unknown`, '/nowhere']) {
      const allowed = await t.get(url, { origin: APP });
      expect([url, allowed.headers['access-control-allow-origin']]).toEqual([url, APP]);
      expect(allowed.headers['access-control-expose-headers']).toContain('ETag');
      expect(allowed.headers).not.toHaveProperty('access-control-allow-credentials');
      expect([url, allowed.headers.vary]).toEqual([url, expect.stringMatching(/\bOrigin\b/)]);
      const stranger = await t.get(url, { origin: 'https://evil.example' });
      expect([url, stranger.headers['access-control-allow-origin']]).toEqual([url, undefined]);
      expect([url, stranger.headers.vary]).toEqual([url, expect.stringMatching(/\bOrigin\b/)]);
    }
  });

  it('leaves other OPTIONS as they are', async () => {
    const { status, headers } = await t.send('OPTIONS', LIST);
    expect([status, headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect((await t.send('OPTIONS', '/nowhere')).status).toBe(404);
    const stranger = await t.send('OPTIONS', LIST, { headers: { origin: 'https://evil.example' } });
    expect(stranger.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('answers a preflight before anybody has to show credentials', async () => {
    const { status, headers } = await t.send('OPTIONS', `${LIST}/live`, {
      headers: {
        origin: APP,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'authorization,if-match,content-type',
      },
    });
    expect([status, headers['access-control-allow-origin']]).toEqual([204, APP]);
    expect(headers['access-control-allow-methods']).toContain('PATCH');
    expect(headers['access-control-allow-headers']).toContain('if-match');
    expect(headers['access-control-max-age']).toBe('600');
  });
});

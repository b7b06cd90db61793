import { TestApp } from '../support/app';

const LIST = '/api/v1/metrics';
const APP = 'https://app.example.com';

describe('security headers', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await TestApp.start({ TRUST_PROXY_HOPS: '1', THROTTLE_ENABLED: 'true' });
    await t.post(LIST, { metric_id: 'live', name: 'Live' });
  });
  afterAll(() => t.stop());

  it.each([
    ['a response', LIST, {}],
    ['a cached response', LIST, {}],
    ['an item', `${LIST}/live`, {}],
    ['a 304', `${LIST}/live`, { 'if-none-match': '"1"' }],
    ['an export', `${LIST}/export`, {}],
    ['an unknown route', '/nowhere', {}],
    ['a bad request', `${LIST}?limit=x`, {}],
    ['bad credentials', LIST, { authorization: 'Basic x' }],
    ['the contract', '/openapi.json', {}],
    ['health', '/health/live', {}],
    ['what cannot be decoded', '/%zz', {}],
  ])('are set on %s', async (_, url, headers) => {
    const response = await t.get(url, headers);
    expect(response.headers).toMatchObject({
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
      expect([name, response.headers[name]]).toEqual([name, undefined]);
  });

  it('allow the documentation its own scripts only', async () => {
    const { headers } = await t.get('/docs');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('require TLS where a trusted proxy reports TLS', async () => {
    const response = await t.get(LIST, { 'x-forwarded-proto': 'https' });
    expect(response.headers['strict-transport-security']).toBe('max-age=63072000');
    const other = await TestApp.start({}, t.database);
    try {
      const untrusted = await other.get(LIST, { 'x-forwarded-proto': 'https' });
      expect(untrusted.headers).not.toHaveProperty('strict-transport-security');
    } finally {
      await other.app.close();
    }
  });

  it('allow no origin by default', async () => {
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

  it('allows the listed origins and no other, for cache hits and errors too', async () => {
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

  it('does not change other OPTIONS requests', async () => {
    const { status, headers } = await t.send('OPTIONS', LIST);
    expect([status, headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect((await t.send('OPTIONS', '/nowhere')).status).toBe(404);
    const stranger = await t.send('OPTIONS', LIST, { headers: { origin: 'https://evil.example' } });
    expect(stranger.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('responds to a preflight without credentials', async () => {
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

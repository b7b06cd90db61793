import { expectProblem } from '../contract/problems';
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

describe('in development', () => {
  it('answers no other host than localhost, addresses and ALLOWED_HOSTS: DNS rebinding', async () => {
    const t = await TestApp.start({ NODE_ENV: 'development', ALLOWED_HOSTS: 'mdl.test' });
    try {
      for (const host of ['localhost:3000', '127.0.0.1', '[::1]:3000', 'mdl.test'])
        expect([host, (await t.get(LIST, { host })).status]).toEqual([host, 200]);
      for (const url of [LIST, '/docs', '/openapi.json', '/health/ready', '/nowhere'])
        expect([url, expectProblem(await t.get(url, { host: 'evil.example:3000' })).code]).toEqual([
          url,
          'misdirected_request',
        ]);
      const write = await t.send('POST', LIST, {
        headers: { host: 'evil.example' },
        body: { metric_id: 'x', name: 'X' },
      });
      expect([write.status, (await t.get(`${LIST}/x`)).status]).toEqual([421, 404]);
    } finally {
      await t.stop();
    }
  });
});

describe('DOCS_ENABLED', () => {
  it.each([
    ['production', {}, 404],
    ['production', { DOCS_ENABLED: 'true' }, 200],
    ['development', {}, 200],
    ['development', { DOCS_ENABLED: 'false' }, 404],
  ])('in %s with %j: /docs and /openapi.json respond %i', async (NODE_ENV, settings, status) => {
    const t = await TestApp.start({ NODE_ENV, AUTH_ANONYMOUS_ROLE: 'none', ...settings });
    try {
      for (const url of ['/docs', '/openapi.json']) expect([url, (await t.get(url)).status]).toEqual([url, status]);
    } finally {
      await t.stop();
    }
  });
});

import { TestApp } from '../support/app';
import { RESOURCES } from '../contract/resources';

const PUBLIC_URL = 'https://mdl.example.com/catalogue';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the first contact', () => {
  let t: TestApp;
  let behindProxy: TestApp;
  beforeAll(async () => {
    t = await TestApp.start();
    behindProxy = await TestApp.start({ PUBLIC_URL: `${PUBLIC_URL}/` });
  });
  afterAll(async () => {
    await t.stop();
    await behindProxy.stop();
  });

  it('GET / links to documentation, contract, health and every resource, and each link works', async () => {
    const { status, headers, body } = await t.get('/');
    expect([status, headers['content-type'], headers.vary]).toEqual([
      200,
      'application/json; charset=utf-8',
      'Accept, Accept-Encoding',
    ]);
    const links = body.links as Record<string, string>;
    expect(Object.keys(links).sort()).toEqual(['contract', 'documentation', 'health', ...RESOURCES].sort());
    for (const url of Object.values(links)) expect([url, (await t.get(url)).status]).toEqual([url, 200]);
  });

  it('GET / is a page with the same links for a browser', async () => {
    const { links } = (await t.get('/')).body as { links: Record<string, string> };
    const { headers, text } = await t.get('/', { accept: BROWSER });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect([...text.matchAll(/<a href="([^"]*)">/g)].map(([, url]) => url)).toEqual(Object.values(links));
  });

  it('GET / takes no parameters, and has no links to what is not served', async () => {
    expect((await t.get('/?x=1')).body).toMatchObject({ status: 400, code: 'invalid_parameter' });
    const production = await TestApp.start({ DOCS_ENABLED: 'false' });
    expect(Object.keys((await production.get('/')).body.links as object)).toEqual(['health', ...RESOURCES]);
    await production.stop();
  });

  it('GET / counts against the limit of anonymous clients', async () => {
    const limited = await TestApp.start({ THROTTLE_ENABLED: 'true', THROTTLE_ANONYMOUS: '2' });
    const statuses = [];
    for (let sent = 0; sent < 3; sent++) statuses.push((await limited.get('/')).status);
    expect(statuses).toEqual([200, 200, 429]);
    await limited.stop();
  });

  it('GET /health is readiness', async () => {
    const { status, body } = await t.get('/health');
    expect([status, body.status, body.details.database.status]).toEqual([200, 'ok', 'up']);
  });

  it('the contract and the page have a tag, and a reload is 304', async () => {
    for (const url of ['/openapi.json', '/docs', '/docs/start.js', '/docs/scalar.js']) {
      const { status, headers } = await t.get(url);
      expect([url, status, headers['cache-control']]).toEqual([url, 200, 'no-cache']);
      const again = await t.get(url, { 'if-none-match': headers.etag ?? '' });
      expect([url, again.status, again.text]).toEqual([url, 304, '']);
      expect((await t.get(url, { 'if-none-match': 'W/"another"' })).status).toBe(200);
    }
  });

  it('the contract is 406 for what it is not', async () => {
    expect((await t.get('/openapi.json', { accept: 'application/yaml' })).body).toMatchObject({
      code: 'not_acceptable',
    });
  });

  it('PUBLIC_URL makes Link, Location, servers and the links of / absolute', async () => {
    const domain = { domain_id: 'sales', name: 'Sales' };
    const created = await behindProxy.post('/api/v1/domains', domain, { 'idempotency-key': 'one' });
    const location = `${PUBLIC_URL}/api/v1/domains/sales`;
    expect([created.status, created.headers.location]).toEqual([201, location]);
    const replayed = await behindProxy.post('/api/v1/domains', domain, { 'idempotency-key': 'one' });
    expect([replayed.headers['idempotency-replayed'], replayed.headers.location]).toEqual(['true', location]);
    const cached = await behindProxy.get('/api/v1/domains?limit=1');
    for (const { headers } of [cached, await behindProxy.get('/api/v1/domains?limit=1')])
      expect(headers.link).toBe(
        ['first', 'last'].map((rel) => `<${PUBLIC_URL}/api/v1/domains?page=1&limit=1>; rel="${rel}"`).join(', '),
      );
    expect((await behindProxy.get('/openapi.json')).body.servers).toEqual([
      { url: PUBLIC_URL, description: 'This service' },
    ]);
    expect((await behindProxy.get('/')).body.links).toMatchObject({ health: `${PUBLIC_URL}/health` });
  });

  it('without PUBLIC_URL they are relative', async () => {
    const { headers } = await t.post('/api/v1/domains', { domain_id: 'sales', name: 'Sales' });
    expect(headers.location).toBe('/api/v1/domains/sales');
    expect((await t.get('/api/v1/domains')).headers.link).toMatch(/^<\/api\/v1\/domains\?/);
    expect((await t.get('/openapi.json')).body.servers).toEqual([{ url: '/', description: 'This service' }]);
  });
});

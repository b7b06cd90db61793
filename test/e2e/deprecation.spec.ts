import { createOpenApi } from '../../src/app.openapi';
import { Deprecated } from '../../src/routing/deprecated.decorator';
import { GlossaryModule } from '../resources/glossary.module';
import { startWithTerms } from '../resources/with-terms';
import type { TestApp, TestResponse } from '../support/app';

const glossary = '/api/v1/glossary';
const link = '<https://example.com/api-policy#terms>; rel="deprecation"; type="text/html"';

describe('a deprecated route', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startWithTerms({}, [GlossaryModule]);
    await t.post('/api/v1/terms', { term_id: 'churn', name: 'Churn' });
  });
  afterAll(() => t.stop());

  const expectHeaders = ({ headers }: TestResponse) =>
    expect(headers).toMatchObject({
      // 2026-11-01 and 2027-11-01, 00:00 UTC.
      deprecation: '@1793491200',
      sunset: 'Mon, 01 Nov 2027 00:00:00 GMT',
      link: expect.stringContaining(link),
    });

  it('has Deprecation, Sunset and Link on every response: from the database, the cache, 304 and errors', async () => {
    const miss = await t.get(glossary);
    const hit = await t.get(glossary);
    const unchanged = await t.get(glossary, { 'if-none-match': hit.headers['etag'] ?? '' });
    const invalid = await t.get(`${glossary}?limit=101`);
    const refused = await t.get(glossary, { authorization: 'Bearer unknown' });
    const responses = [miss, hit, unchanged, invalid, refused];
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 304, 400, 401]);
    expect([miss.headers['x-cache'], hit.headers['x-cache']]).toEqual(['MISS', 'HIT']);
    for (const response of responses) expectHeaders(response);
  });

  it('keeps the links of its pages, once each', async () => {
    for (const response of [await t.get(`${glossary}?limit=1`), await t.get(`${glossary}?limit=1`)])
      expect(response.headers['link']).toBe(
        `<${glossary}?page=1&limit=1>; rel="first", <${glossary}?page=1&limit=1>; rel="last", ${link}`,
      );
  });

  it('is deprecated in the OpenAPI document, with its sunset and summary', () => {
    const { paths } = createOpenApi(t.app);
    expect(paths[glossary]?.get).toMatchObject({ deprecated: true, 'x-sunset': '2027-11-01', summary: 'List terms' });
    expect(paths['/api/v1/terms']?.get).not.toHaveProperty('deprecated');
  });

  it('is the only one with these headers', async () => {
    const { headers } = await t.get('/api/v1/terms');
    expect(headers).not.toHaveProperty('deprecation');
    expect(headers).not.toHaveProperty('sunset');
    expect(headers['link']).not.toContain('deprecation');
  });
});

describe('@Deprecated', () => {
  const link = 'https://example.com';

  it('refuses a date that does not exist, and a sunset that is not after the deprecation', () => {
    expect(() => Deprecated({ since: '2026-13-01', sunset: '2027-01-01', link })).toThrow('2026-13-01');
    expect(() => Deprecated({ since: '1 May 2026', sunset: '2027-01-01', link })).toThrow('YYYY-MM-DD');
    expect(() => Deprecated({ since: '2026-11-01', sunset: '2026-11-01', link })).toThrow('not after');
  });
});

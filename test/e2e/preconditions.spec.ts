import { problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { domain } from '../support/documents';

describe('conditional requests', () => {
  let t: TestApp;
  const metrics = '/api/v1/metrics';

  beforeAll(async () => {
    t = await TestApp.start();
  });
  afterAll(() => t.stop());

  const create = async (key: string, changes: Record<string, unknown> = {}) => {
    const response = await t.post(metrics, { metric_id: key, name: key, ...changes });
    expect(response.status).toBe(201);
    return response.headers.etag ?? '';
  };

  it('return 304 only for a current ETag', async () => {
    const etag = await create('Read');
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const response = await t.get(`${metrics}/Read?fields=name`, { 'if-none-match': tag });
      expect([response.status, response.text, response.headers.etag]).toEqual([304, '', etag]);
    }
    expect((await t.get(`${metrics}/Read`, { 'if-none-match': '"2"' })).status).toBe(200);
    await t.patch(`${metrics}/Read`, { name: 'Changed' });
    expect((await t.get(`${metrics}/Read`, { 'if-none-match': etag })).status).toBe(200);
  });

  it('forbid shared caches to store responses that depend on the principal', async () => {
    const { headers } = await t.get(`${metrics}/Read`);
    expect(headers).toMatchObject({
      'cache-control': 'private, no-cache',
      vary: expect.stringContaining('Authorization') as string,
    });
    expect((await t.get(`${metrics}/unknown`)).headers['cache-control']).toBe('no-store');
  });

  it('are required for PUT: 428 without one', async () => {
    await create('Bare');
    expect(problemOf(await t.put(`${metrics}/Bare`, { name: 'x' }))).toMatchObject({
      status: 428,
      code: 'precondition_required',
    });
  });

  it.each<[string, (key: string, headers: Record<string, string>) => ReturnType<TestApp['send']>]>([
    ['PUT', (key, headers) => t.put(`${metrics}/${key}`, { name: 'new' }, headers)],
    ['PATCH', (key, headers) => t.patch(`${metrics}/${key}`, { name: 'new' }, headers)],
    ['DELETE', (key, headers) => t.delete(`${metrics}/${key}`, headers)],
    ['POST …/transitions', (key, headers) => t.post(`${metrics}/${key}/transitions`, { to: 'active' }, headers)],
    ['POST …/revert', (key, headers) => t.post(`${metrics}/${key}/revert`, { version: 1 }, headers)],
  ])('of %s return 412 with the current version and change nothing', async (method, write) => {
    const key = `Stale-${method.replaceAll(/[^A-Za-z]/g, '')}`;
    const etag = await create(key, { description: 'D', owner: 'O', unit: 'u', formula: { expression: 'x' } });
    await t.patch(`${metrics}/${key}`, { name: 'current' }, { 'if-match': etag });
    for (const stale of [etag, '"7"', 'W/"2"', '"abc"']) {
      const refused = await write(key, { 'if-match': stale });
      expect(problemOf(refused)).toMatchObject({ status: 412, code: 'precondition_failed' });
      expect([refused.headers.etag, refused.body.version, refused.body.etag]).toEqual(['"2"', 2, '"2"']);
    }
    expect((await t.get(`${metrics}/${key}`)).body).toMatchObject({ name: 'current', version: 2, status: 'draft' });
    expect(problemOf(await write(key, { 'if-match': '2' }))).toMatchObject({ status: 400, code: 'invalid_header' });
    expect((await write(key, { 'if-match': '"9", "2"' })).status).toBeLessThan(423);
  });

  it('allow one of 50 concurrent replacements of a version', async () => {
    const etag = await create('Race');
    const responses = await Promise.all(
      times(50, (at) => t.put(`${metrics}/Race`, { name: `Winner ${at}` }, { 'if-match': etag })),
    );
    const won = responses.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 412)).toHaveLength(49);
    const { body } = await t.get(`${metrics}/Race`);
    expect(body).toEqual(won[0]?.body);
    expect(body.version).toBe(2);
  });

  it('allow one of 20 concurrent creations', async () => {
    const responses = await Promise.all(
      times(20, (at) => t.put(`${metrics}/New`, { name: `Winner ${at}` }, { 'if-none-match': '*' })),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(19).fill(412)]);
  });

  it('are optional for PATCH: no concurrent change is lost', async () => {
    await create('Patched');
    const responses = await Promise.all(
      times(40, (at) => t.patch(`${metrics}/Patched`, { extra: { [`field-${at}`]: at } })),
    );
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    const { body } = await t.get(`${metrics}/Patched`);
    expect(body.version).toBe(41);
    expect(body.extra).toEqual(Object.fromEntries(times(40, (at) => [`field-${at}`, at])));
    expect(new Set(responses.map((response) => response.headers.etag)).size).toBe(40);
  });

  it('compare only the version of documents with computed values', async () => {
    const { headers } = await t.post('/api/v1/domains', domain('shown'));
    await create('In-shown', { business_domain: 'shown' });
    const { headers: later } = await t.get('/api/v1/domains/shown');
    expect(later.etag).not.toBe(headers.etag);
    expect((await t.delete('/api/v1/domains/shown', { 'if-match': '"2"' })).status).toBe(412);
    expect(
      (await t.patch('/api/v1/domains/shown', { color: '#000000' }, { 'if-match': headers.etag ?? '' })).status,
    ).toBe(200);
  });
});

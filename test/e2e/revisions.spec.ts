import { followLinks, linkOf, problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { completeMetric, domain } from '../support/documents';

interface Revision {
  version: number;
  change: string;
  changed_fields: string[];
  breaking: boolean;
  reason: string | null;
}

describe('the revisions of a document', () => {
  let t: TestApp;
  const metrics = '/api/v1/metrics';

  beforeAll(async () => {
    t = await TestApp.start();
    await t.post('/api/v1/domains', domain('revenue'));
  });
  afterAll(() => t.stop());

  const create = (key: string, changes: Record<string, unknown> = {}) => t.post(metrics, completeMetric(key, changes));
  const history = async (key: string) => (await t.get(`${metrics}/${key}/revisions`)).body.data as Revision[];

  it('contain every write, newest first, with actor, change and reason', async () => {
    await t.post(metrics, completeMetric('H-1'), { 'x-request-id': 'request-0001' });
    await t.patch(`${metrics}/H-1`, { name: 'New', tags: ['a'] }, { 'x-request-id': 'request-0002' });
    await t.post(`${metrics}/H-1/transitions`, { to: 'active', reason: 'Reviewed.' });
    await t.post(`${metrics}/H-1/revert`, { version: 1 });
    await t.delete(`${metrics}/H-1`);
    await t.post(`${metrics}/H-1/restore`);
    const revisions = await history('h-1');
    expect(revisions.map(({ version, change }) => [version, change])).toEqual([
      [6, 'restored'],
      [5, 'deleted'],
      [4, 'reverted'],
      [3, 'transitioned'],
      [2, 'updated'],
      [1, 'created'],
    ]);
    expect(revisions[4]).toEqual({
      version: 2,
      change: 'updated',
      actor: 'anonymous',
      request_id: 'request-0002',
      reason: null,
      changed_fields: ['name', 'tags'],
      breaking: false,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(revisions[2]).toMatchObject({ reason: 'to version 1', changed_fields: ['name', 'tags'] });
    expect(revisions[3]).toMatchObject({ reason: 'Reviewed.', changed_fields: ['status'] });
  });

  it.each<[string, Record<string, unknown>, boolean]>([
    ['formula', { formula: { expression: 'avg(amount)' } }, true],
    ['unit', { unit: 'EUR' }, true],
    ['direction', { direction: 'increase' }, true],
    ['grain', { grain: ['day'] }, true],
    ['kind', { kind: 'ratio' }, true],
    ['depends_on', { depends_on: ['H-1'] }, true],
    ['description', { description: 'Said better.' }, false],
    ['owner', { owner: 'Somebody' }, false],
    ['related', { related: ['H-1'] }, false],
  ])('mark breaking changes: %s', async (field, change, breaking) => {
    await create(`B-${field}`);
    await t.patch(`${metrics}/B-${field}`, change);
    expect((await history(`B-${field}`))[0]).toMatchObject({ changed_fields: [field], breaking });
  });

  it('contain the complete document of each version', async () => {
    await create('W-1');
    await t.patch(`${metrics}/W-1`, { name: 'Second', unit: 'EUR' });
    const first = await t.get(`${metrics}/W-1/revisions/1`);
    expect(first.body).toMatchObject({
      version: 1,
      change: 'created',
      document: completeMetric('W-1', { status: 'draft' }),
    });
    const second = await t.get(`${metrics}/w-1/revisions/2`);
    expect(second.body.document).toEqual(completeMetric('W-1', { status: 'draft', name: 'Second', unit: 'EUR' }));
    for (const version of ['3', '0', '-1', '1.0', '1e0', 'x', '99999999999'])
      expect(problemOf(await t.get(`${metrics}/W-1/revisions/${version}`))).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    expect((await t.get(`${metrics}/unknown/revisions/1`)).status).toBe(404);
  });

  it('are paginated by cursor in both directions', async () => {
    await create('C-1');
    for (let version = 2; version <= 7; version++) await t.patch(`${metrics}/C-1`, { name: `Name ${version}` });
    const there = await followLinks(t, `${metrics}/C-1/revisions?limit=3`, 'next');
    const versions = there.map(({ body }) => (body.data as Revision[]).map(({ version }) => version));
    expect(versions).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
    expect(there.map(({ body }) => body.pagination.hasPrev as boolean)).toEqual([false, true, true]);
    const back = await followLinks(t, linkOf(there[2] ?? there[0] ?? (undefined as never), 'prev') ?? '', 'prev');
    expect(back.map(({ body }) => (body.data as Revision[]).map(({ version }) => version))).toEqual([
      [4, 3, 2],
      [7, 6, 5],
    ]);

    await create('C-2');
    const token = there[0]?.body.pagination.nextCursor as string;
    expect(problemOf(await t.get(`${metrics}/C-2/revisions?cursor=${token}`)).code).toBe('cursor_mismatch');
    expect(problemOf(await t.get(`${metrics}/C-2/revisions?page=1`)).errors).toEqual(['page unknown_parameter']);
  });

  it('cannot be changed, not even with SQL', async () => {
    for (const sql of [`UPDATE revisions SET actor = 'unknown'`, 'DELETE FROM revisions', 'TRUNCATE revisions'])
      await expect(t.sql(sql)).rejects.toThrow('append-only');
    expect((await history('W-1')).every(({ change }) => change !== 'unknown')).toBe(true);
  });

  it('of a deleted document are returned with include_deleted', async () => {
    await create('D-1');
    const [list, first] = [`${metrics}/D-1/revisions`, `${metrics}/D-1/revisions/1`];
    // Fills the cache.
    for (const url of [list, first]) expect((await t.get(url)).status).toBe(200);
    await t.delete(`${metrics}/D-1`);
    for (const url of [list, first, `${list}?include_deleted=false`, `${first}?include_deleted=false`])
      expect([url, problemOf(await t.get(url))]).toEqual([url, expect.objectContaining({ code: 'not_found' })]);
    const pages = await followLinks(t, `${list}?include_deleted=true&limit=1`, 'next');
    expect(pages.map(({ body }) => (body.data as Revision[])[0]?.change)).toEqual(['deleted', 'created']);
    expect((await t.get(`${first}?include_deleted=true`)).body.document).toMatchObject({ metric_id: 'D-1' });
    for (const url of [list, first])
      expect(problemOf(await t.get(`${url}?include_deleted=1`)).errors).toEqual(['include_deleted invalid_value']);
    await t.post(`${metrics}/D-1/restore`);
    expect(await history('D-1')).toHaveLength(3);
    expect((await t.get(first)).status).toBe(200);
  });

  describe('a revert', () => {
    it('creates a version with old content and the present status', async () => {
      await create('R-1', { tags: ['old'], contacts: { business: 'B' } });
      await t.put(`${metrics}/R-1`, completeMetric('R-1', { unit: 'EUR' }), { 'if-match': '"1"' });
      await t.post(`${metrics}/R-1/transitions`, { to: 'active' });
      const { status, headers, body } = await t.post(`${metrics}/R-1/revert`, { version: 1 });
      expect([status, headers.etag]).toEqual([200, '"4"']);
      expect(body).toMatchObject({
        ...completeMetric('R-1', { tags: ['old'], contacts: { business: 'B' } }),
        status: 'active',
      });
      expect((await history('R-1'))[0]).toMatchObject({ change: 'reverted', breaking: true });
      const again = await t.post(`${metrics}/R-1/revert`, { version: 1 });
      expect([again.status, again.headers.etag]).toEqual([200, '"4"']);
    });

    it('is refused for an unknown version or content that the rules no longer allow', async () => {
      await create('R-2', { business_domain: 'revenue' });
      expect(problemOf(await t.post(`${metrics}/R-2/revert`, { version: 9 }))).toMatchObject({
        status: 422,
        errors: ['/version invalid_value'],
      });
      expect(problemOf(await t.post(`${metrics}/R-2/revert`, { version: '1' })).errors).toEqual([
        '/version invalid_type',
      ]);
      expect((await t.post(`${metrics}/unknown/revert`, { version: 1 })).status).toBe(404);

      await create('R-3');
      await t.patch(`${metrics}/R-2`, { related: ['R-3'] });
      await t.patch(`${metrics}/R-2`, { related: null });
      await t.delete(`${metrics}/R-3`);
      expect(problemOf(await t.post(`${metrics}/R-2/revert`, { version: 2 }))).toMatchObject({
        status: 422,
        errors: ['/related/0 unknown_reference'],
      });
    });

    it('finds the document by its key only', async () => {
      await create('R-4');
      await create('R-5');
      await t.patch(`${metrics}/R-5`, { name: 'Second' });
      expect((await t.post(`${metrics}/R-4/revert`, { version: 2 })).status).toBe(422);
    });
  });
});

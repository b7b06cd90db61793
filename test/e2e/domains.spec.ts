import { keysOf, problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';

describe('domains', () => {
  let t: TestApp;
  const domains = '/api/v1/domains';

  beforeAll(async () => {
    t = await TestApp.start();
  });
  afterAll(() => t.stop());

  const create = (key: string, parent?: string) => t.post(domains, domain(key, parent ? { parent } : {}));
  const metric = (key: string, business_domain: string) =>
    t.post('/api/v1/metrics', completeMetric(key, { business_domain }));
  const read = async (key: string) => (await t.get(`${domains}/${key}`)).body as Record<string, unknown>;
  /** Creates a chain of domains `<stem>1` … `<stem>n`, each the parent of the next. */
  const chain = async (stem: string, length: number) => {
    for (let level = 1; level <= length; level++)
      expect((await create(`${stem}${level}`, level > 1 ? `${stem}${level - 1}` : undefined)).status).toBe(201);
  };

  describe('form a tree', () => {
    it('of at most five levels', async () => {
      await chain('deep-', 5);
      expect(problemOf(await create('deep-6', 'deep-5'))).toMatchObject({
        status: 422,
        errors: ['/parent tree_too_deep'],
      });
    });

    it('whose depth includes the descendants of a moved domain', async () => {
      await chain('left-', 3);
      await chain('right-', 3);
      const tooDeep = await t.patch(`${domains}/left-1`, { parent: 'right-3' });
      expect(problemOf(tooDeep).errors).toEqual(['/parent tree_too_deep']);
      expect((await t.patch(`${domains}/left-1`, { parent: 'right-2' })).status).toBe(200);
      expect(problemOf(await create('left-4', 'left-3')).errors).toEqual(['/parent tree_too_deep']);
    });

    it('without cycles; the problem contains the path', async () => {
      await chain('ring-', 3);
      const closed = await t.patch(`${domains}/ring-1`, { parent: 'ring-3' });
      expect(problemOf(closed)).toEqual({ status: 422, code: 'cycle', errors: ['/parent cycle'] });
      expect(closed.body.errors[0].path).toEqual(['ring-1', 'ring-3', 'ring-2', 'ring-1']);
      const itself = await t.patch(`${domains}/ring-1`, { parent: 'ring-1' });
      expect(problemOf(itself).errors).toEqual(['/parent self_reference']);
    });

    it('of existing parents', async () => {
      expect(problemOf(await create('orphan', 'unknown'))).toEqual({
        status: 422,
        code: 'unknown_reference',
        errors: ['/parent unknown_reference'],
      });
    });
  });

  it('count their live metrics and objectives; the ETag changes with the counts', async () => {
    await create('counted');
    const empty = await t.get(`${domains}/counted`);
    expect(empty.body).toMatchObject({ metric_count: 0, objective_count: 0, version: 1 });
    await metric('counted-1', 'counted');
    await metric('counted-2', 'counted');
    await t.post('/api/v1/objectives', objective('counted-o', { domain_id: 'counted' }));
    await t.delete('/api/v1/metrics/counted-2');

    const counted = await t.get(`${domains}/counted`, { 'if-none-match': empty.headers.etag ?? '' });
    expect(counted.status).toBe(200);
    expect(counted.body).toMatchObject({ metric_count: 1, objective_count: 1, version: 1 });
    const { body } = await t.get(`${domains}?domain_id=counted&fields=metric_count`);
    expect(body.data).toEqual([{ domain_id: 'counted', version: 1, metric_count: 1 }]);
    // The precondition of a write compares the version only.
    const written = await t.patch(`${domains}/counted`, { color: '#abcdef' }, { 'if-match': empty.headers.etag ?? '' });
    expect(written.status).toBe(200);
  });

  it('list their metrics and objectives with their filters', async () => {
    await chain('list-', 2);
    await metric('list-m1', 'list-1');
    await metric('list-m2', 'list-2');
    await metric('list-m3', 'list-1');
    await t.post('/api/v1/objectives', objective('list-o1', { domain_id: 'list-1', priority: 'high' }));
    await t.post('/api/v1/objectives', objective('list-o2', { domain_id: 'list-2' }));

    expect(keysOf(await t.get(`${domains}/LIST-1/metrics?sort=metric_id`))).toEqual(['list-m1', 'list-m3']);
    expect(keysOf(await t.get(`${domains}/list-1/metrics?include_subdomains=true&sort=-metric_id`))).toEqual([
      'list-m3',
      'list-m2',
      'list-m1',
    ]);
    expect(keysOf(await t.get(`${domains}/list-1/metrics?metric_id_prefix=list-m3`))).toEqual(['list-m3']);
    expect(keysOf(await t.get(`${domains}/list-1/objectives`))).toEqual(['list-o1']);
    expect(keysOf(await t.get(`${domains}/list-2/objectives?priority=high`))).toEqual([]);
    for (const path of ['unknown/metrics', 'unknown/objectives', 'list%00-1/metrics', 'list%00-1/objectives'])
      expect(problemOf(await t.get(`${domains}/${path}`))).toMatchObject({ status: 404, code: 'not_found' });

    const first = await t.get(`${domains}/list-1/metrics?cursor=&limit=1`);
    const token = first.body.pagination.nextCursor as string;
    expect((await t.get(`${domains}/list-1/metrics?cursor=${token}&limit=1`)).body.data).toHaveLength(1);
    expect(problemOf(await t.get(`${domains}/list-2/metrics?cursor=${token}`)).code).toBe('cursor_mismatch');
  });

  it('are filtered by team, parent, status, tags and text', async () => {
    await t.post(domains, domain('filter-1', { owner_team: 'Team F', tags: ['f1', 'f2'], description: 'A zebra.' }));
    await t.post(
      domains,
      domain('filter-2', { owner_team: 'Team G', tags: ['f1'], parent: 'filter-1', status: 'deprecated' }),
    );
    const keys = async (query: string) =>
      keysOf(await t.get(`${domains}?domain_id_prefix=filter-&sort=domain_id&${query}`));
    expect(await keys('owner_team=Team%20F')).toEqual(['filter-1']);
    expect(await keys('owner_team=Team%20F,Team%20G')).toEqual(['filter-1', 'filter-2']);
    expect(await keys('parent=filter-1')).toEqual(['filter-2']);
    expect(await keys('status=active')).toEqual(['filter-1']);
    expect(await keys('tags=f1')).toEqual(['filter-1', 'filter-2']);
    expect(await keys('tags_all=f1,f2')).toEqual(['filter-1']);
    expect(await keys('q=zebras')).toEqual(['filter-1']);
  });

  describe('in use', () => {
    beforeAll(async () => {
      await create('used');
      await create('used-child', 'used');
      await metric('used-m1', 'used');
      await metric('used-m2', 'used');
      await t.post('/api/v1/objectives', objective('used-o', { domain_id: 'used' }));
    });

    it('are not deleted: 409 counts and lists the referring documents', async () => {
      const refused = await t.delete(`${domains}/used`);
      expect(problemOf(refused)).toMatchObject({ status: 409, code: 'in_use' });
      expect(refused.body.counts).toEqual({ domains: 1, metrics: 2, objectives: 1 });
      expect(refused.body.users).toEqual(
        expect.arrayContaining([
          { resource: 'domains', key: 'used-child' },
          { resource: 'metrics', key: 'used-m1' },
          { resource: 'metrics', key: 'used-m2' },
          { resource: 'objectives', key: 'used-o' },
        ]),
      );
      expect(await read('used')).toMatchObject({ version: 1, metric_count: 2 });
    });

    it.each([
      ['unknown', 'unknown', 'unknown_reference'],
      ['below', 'used-child', 'cycle'],
      ['itself', 'used', 'cycle'],
    ])('do not move their documents to a domain that is %s', async (_, target, code) => {
      const refused = await t.delete(`${domains}/used?move_to=${target}`);
      expect(problemOf(refused)).toMatchObject({ status: 400, errors: [`move_to ${code}`] });
      expect(await read('used')).toMatchObject({ version: 1, metric_count: 2, objective_count: 1 });
      expect((await t.get('/api/v1/metrics/used-m1')).body).toMatchObject({ version: 1, business_domain: 'used' });
    });

    it('do not move their documents if the tree gets too deep', async () => {
      await chain('floor-', 5);
      const refused = await t.delete(`${domains}/used?move_to=floor-5`);
      expect(problemOf(refused)).toMatchObject({ status: 422, errors: ['/parent tree_too_deep'] });
      expect(await read('used')).toMatchObject({ version: 1, metric_count: 2, objective_count: 1 });
      expect(await read('used-child')).toMatchObject({ version: 1, parent: 'used' });
    });

    it('are deleted after their documents move, each with a revision, in one transaction', async () => {
      await create('heir');
      expect((await t.delete(`${domains}/used?move_to=HEIR`, { 'if-match': '"9"' })).status).toBe(412);
      expect((await t.delete(`${domains}/used?move_to=HEIR`, { 'x-request-id': 'the-big-move' })).status).toBe(204);
      expect((await t.get(`${domains}/used`)).status).toBe(404);
      expect(await read('heir')).toMatchObject({ version: 1, metric_count: 2, objective_count: 1 });
      expect(await read('used-child')).toMatchObject({ version: 2, parent: 'heir' });
      for (const path of ['metrics/used-m1', 'metrics/used-m2', 'objectives/used-o', 'domains/used-child']) {
        const { body } = await t.get(`/api/v1/${path}/revisions`);
        expect(body.data[0]).toMatchObject({ version: 2, change: 'moved', request_id: 'the-big-move' });
      }
      expect((await t.get('/api/v1/metrics/used-m1')).body).toMatchObject({ version: 2, business_domain: 'heir' });
      const moved = await t.sql(
        `SELECT DISTINCT xmin::text FROM metrics WHERE key LIKE 'used-m%'
         UNION SELECT xmin::text FROM domains WHERE key = 'used'`,
      );
      expect(moved).toHaveLength(1);
    });
  });
});

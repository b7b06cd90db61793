import { TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';
import { linesOf, problemOf } from '../support/responses';

const metrics = '/api/v1/metrics';
const domains = '/api/v1/domains';
const objectives = '/api/v1/objectives';

/** Keys and vocabularies are accepted in any case and stored in one. */
describe('the case', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await TestApp.start();
    await t.post(domains, domain('Revenue'));
    await t.post(domains, domain('Sub', { parent: 'REVENUE', tags: ['Core'] }));
    await t.post(metrics, completeMetric('MRR', { business_domain: 'revenue' }));
  });
  afterAll(() => t.stop());

  const named = (metric_id: string, changes: Record<string, unknown> = {}) => ({
    metric_id,
    name: metric_id,
    ...changes,
  });
  const keysOf = async (url: string) => {
    const { status, body } = await t.get(url);
    expect(status).toBe(200);
    return (body.data as Record<string, string>[]).map((one) => one.metric_id ?? one.objective_id ?? one.domain_id);
  };

  describe('of a reference', () => {
    const references = { business_domain: 'REVENUE', depends_on: ['mrr'], related: ['Mrr'], replaced_by: 'mrR' };
    const canonical = { business_domain: 'Revenue', depends_on: ['MRR'], related: ['MRR'], replaced_by: 'MRR' };

    it('is that of the key after POST, PUT, PATCH and bulk', async () => {
      expect((await t.post(metrics, named('posted', references))).body).toMatchObject(canonical);
      const put = await t.put(`${metrics}/put`, named('put', references), { 'if-none-match': '*' });
      expect(put.body).toMatchObject(canonical);
      await t.post(metrics, named('patched'));
      expect((await t.patch(`${metrics}/patched`, references)).body).toMatchObject(canonical);
      await t.post(`${metrics}/bulk`, { items: [named('bulk-1', references)] });
      expect((await t.get(`${metrics}/bulk-1`)).body).toMatchObject({ ...canonical, version: 1 });
      expect((await t.get(`${domains}/Revenue`)).body.metric_count).toBe(5);
      expect((await t.get(`${domains}/Sub`)).body).toMatchObject({ parent: 'Revenue', tags: ['core'] });
    });

    it('makes no change alone', async () => {
      const { body } = await t.patch(`${metrics}/posted`, { business_domain: 'rEVENUE', depends_on: ['MrR'] });
      expect(body).toMatchObject({ ...canonical, version: 1 });
    });

    it('of key results is that of the metric, whose unit it takes', async () => {
      const result = { kr_id: 'KR', name: 'More', metric_ids: ['mrr'], baseline: 0, target: 1, current: 0 };
      const { body } = await t.post(objectives, objective('O-1', { domain_id: 'revenue', key_results: [result] }));
      expect(body).toMatchObject({ domain_id: 'Revenue', key_results: [{ metric_ids: ['MRR'], unit: 'USD' }] });
      expect((await t.delete(`${metrics}/mrr`)).body.counts).toMatchObject({ objectives: 1 });
    });

    it('hides neither repetitions, nor cycles, nor references to itself', async () => {
      expect(problemOf(await t.post(metrics, named('twice', { related: ['MRR', 'mrr'] }))).errors).toEqual([
        '/related not_unique',
      ]);
      expect(problemOf(await t.post(metrics, named('Self', { related: ['SELF'] }))).errors).toEqual([
        '/related/0 self_reference',
      ]);
      expect(problemOf(await t.patch(`${metrics}/mrr`, { depends_on: ['POSTED'] })).code).toBe('cycle');
      expect(problemOf(await t.patch(`${domains}/revenue`, { parent: 'sub' })).code).toBe('cycle');
    });

    it('does not matter between the items of a bulk request', async () => {
      const items = [named('Later-1', { depends_on: ['LATER-2'] }), named('later-2'), named('mrr', { name: 'MRR' })];
      const { body } = await t.post(`${metrics}/bulk?atomic=false`, { items });
      expect(body.summary).toMatchObject({ created: 2, refused: 1 });
      expect((await t.get(`${metrics}/Later-1`)).body).toMatchObject({ depends_on: ['later-2'], version: 1 });
    });

    it('of an unresolved one becomes that of the key, with a revision', async () => {
      const items = [named('Waiting', { business_domain: 'NEW', related: ['fresh', 'gone'] })];
      await t.post(`${metrics}/bulk?refs=lenient`, { items });
      expect((await t.patch(`${metrics}/waiting`, { related: ['Fresh', 'gone'], owner: 'A' })).status).toBe(200);
      await t.post(metrics, named('FRESH', { related: ['waiting'] }));
      await t.post(domains, domain('new'));
      const { body } = await t.get(`${metrics}/Waiting`);
      expect(body).toMatchObject({ business_domain: 'new', related: ['FRESH', 'gone'], version: 4 });
      expect(body.unresolved_refs).toEqual(['metrics/gone']);
      expect((await t.get(`${metrics}/Waiting/revisions/4`)).body).toMatchObject({
        change: 'updated',
        changed_fields: ['business_domain'],
        document: { business_domain: 'new' },
      });
      expect((await t.get(`${domains}/new`)).body.metric_count).toBe(1);
      expect((await t.delete(`${metrics}/fresh`)).status).toBe(409);
    });

    it('stays as it is when the item with the key is refused', async () => {
      const bulk = (items: object[]) => t.post(`${metrics}/bulk?refs=lenient&atomic=false`, { items });
      await bulk([named('waits', { related: ['refused'] })]);
      const { body } = await bulk([
        named('REFUSED', { status: 'active' }),
        named('names-it', { related: ['refused', 'accepted'] }),
        named('Accepted', { related: ['REFUSED'] }),
      ]);
      expect(body.summary).toEqual({ created: 2, updated: 0, unchanged: 0, refused: 1 });
      const found = async (key: string) => (await t.get(`${metrics}/${key}`)).body as object;
      expect(await found('waits')).toMatchObject({ version: 1, unresolved_refs: ['metrics/refused'] });
      expect(await found('names-it')).toMatchObject({ version: 1, related: ['refused', 'Accepted'] });
      expect(await found('Accepted')).toMatchObject({ version: 1, related: ['REFUSED'] });
    });

    it('of an unresolved one hides no cycle', async () => {
      await t.post(`${metrics}/bulk?refs=lenient`, { items: [named('Ring-1', { depends_on: ['ring-2'] })] });
      expect(problemOf(await t.post(metrics, named('RING-2', { depends_on: ['ring-1'] }))).code).toBe('cycle');
      expect((await t.get(`${metrics}/Ring-1`)).body).toMatchObject({ depends_on: ['ring-2'], version: 1 });
    });
  });

  describe('of a filter', () => {
    beforeAll(async () => {
      const member = { business_domain: 'Sub', category: 'Finance', tier: 'TIER-1', tags: ['Key'], grain: ['Month'] };
      await t.post(metrics, named('F-2', member));
      await t.post(metrics, named('F-1', { business_domain: 'Sub', depends_on: ['F-2'], tier: 'tier-1' }));
      await t.post(metrics, named('F-3', { business_domain: 'SUB', depends_on: ['f-2'] }));
      await t.post(`${metrics}/bulk?refs=lenient`, { items: [named('F-4', { business_domain: 'Nowhere' })] });
    });

    it.each([
      ['business_domain=sUB&sort=metric_id', ['F-1', 'F-2', 'F-3']],
      ['business_domain=Sub,REVENUE&depends_on=F-2&sort=metric_id', ['F-1', 'F-3']],
      ['business_domain=REVENUE&include_subdomains=true&metric_id_prefix=f-&sort=metric_id', ['F-1', 'F-2', 'F-3']],
      ['depends_on_all=f-2&sort=metric_id', ['F-1', 'F-3']],
      ['business_domain=Nowhere', ['F-4']],
      ['category=FINANCE', ['F-2']],
      ['tags=KEY', ['F-2']],
      ['tags_all=kEY', ['F-2']],
      ['tier=Tier-1&business_domain=SUB&depends_on=f-2', ['F-1']],
      ['grain=MONTH', ['F-2']],
      ['status=DRAFT&category=Finance', ['F-2']],
    ])('does not matter: %s', async (query, expected) => {
      expect(await keysOf(`${metrics}?${query}`)).toEqual(expected);
      const exported = linesOf(await t.get(`${metrics}/export?${query.replace(/&?sort=metric_id/, '')}`));
      expect(exported.slice(0, -1).map((line) => (line as { metric_id: string }).metric_id)).toEqual(expected);
    });

    it('does not matter for domains and objectives', async () => {
      expect(await keysOf(`${domains}?parent=reVENUE&status=ACTIVE&tags=CORE`)).toEqual(['Sub']);
      expect(await keysOf(`${objectives}?domain_id=reVENUE&metric_id=mrR&status=Draft`)).toEqual(['O-1']);
      expect(await keysOf(`${domains}/SUB/metrics?tier=TIER-1&sort=metric_id`)).toEqual(['F-1', 'F-2']);
    });

    it('does not matter for the audit log', async () => {
      expect((await t.get('/api/v1/audit?action=Sign_In_Failed')).status).toBe(200);
    });
  });

  it('of a vocabulary is lower in documents, transitions and objectives', async () => {
    const words = { status: 'ACTIVE', kind: 'Ratio', direction: 'INCREASE', metric_type: 'Lagging' };
    await t.post(metrics, completeMetric('Words', { ...words, formula: { expression: '1', language: 'SQL' } }));
    expect((await t.get(`${metrics}/words`)).body).toMatchObject({
      ...{ status: 'active', kind: 'ratio', direction: 'increase', metric_type: 'lagging' },
      formula: { language: 'sql' },
    });
    const { body } = await t.post(`${metrics}/words/transitions`, { to: 'Deprecated', reason: 'old' });
    expect(body.status).toBe('deprecated');
    const goal = await t.post(objectives, objective('Goal', { status: 'On_Hold', priority: 'High' }));
    expect(goal.body).toMatchObject({ status: 'on_hold', priority: 'high' });
  });
});

import { metricFields } from '../../src/metrics/metric.fields';
import { keysOf, problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { completeMetric, domain } from '../support/documents';

interface Fixture extends Record<string, unknown> {
  metric_id: string;
  name: string;
  tags?: string[];
  grain?: string[];
  depends_on?: string[];
  governance?: { classification?: string; pii?: boolean };
  formula?: { expression?: string };
}

/** Documents with values for every queryable field, and without. */
const FIXTURES: Fixture[] = [
  { metric_id: 'Alpha', name: 'alpha', category: 'strategic', tier: 'tier-1', metric_type: 'leading', kind: 'simple' },
  { metric_id: 'alpha-2', name: 'Beta', category: 'strategic', tier: 'tier-2', owner: 'A, Inc', unit: '%' },
  { metric_id: 'B.1', name: 'beta', category: 'tactical', tags: ['x', 'y'], grain: ['day'], direction: 'increase' },
  { metric_id: 'B_2', name: 'Gamma', tags: ['y'], grain: ['day', 'month'], direction: 'decrease', owner: 'Ops' },
  {
    metric_id: 'c',
    name: 'ünïcode',
    business_domain: 'finance',
    depends_on: ['Alpha'],
    owner: 'Ops',
    unit: '{request}',
  },
  {
    metric_id: 'd',
    name: 'Delta',
    business_domain: 'revenue',
    depends_on: ['Alpha', 'B.1'],
    kind: 'ratio',
    description: 'D.',
  },
  {
    metric_id: 'e',
    name: 'Epsilon',
    business_domain: 'new-business',
    governance: { classification: 'internal', pii: true },
  },
  {
    metric_id: 'f',
    name: 'Zeta',
    governance: { classification: 'public', pii: false },
    formula: { expression: 'a / b' },
  },
  { metric_id: 'g', name: 'Eta', governance: { classification: 'restricted' }, metric_type: 'lagging', tier: 'tier-3' },
  completeMetric('h', { status: 'active', tags: ['x', 'z'], tier: 'tier-1', category: 'operational' }),
];

describe('metric lists', () => {
  let t: TestApp;
  const metrics = '/api/v1/metrics';

  beforeAll(async () => {
    t = await TestApp.start();
    for (const [key, parent] of [['finance'], ['revenue', 'finance'], ['new-business', 'revenue'], ['people']] as const)
      await t.post('/api/v1/domains', domain(key, parent ? { parent } : {}));
    for (const fixture of FIXTURES) expect((await t.post(metrics, fixture)).status).toBe(201);
    await t.post(metrics, { metric_id: 'gone', name: 'Deleted', tier: 'tier-1', tags: ['x'] });
    await t.delete(`${metrics}/gone`);
  });
  afterAll(() => t.stop());

  const expected = (holds: (metric: Fixture) => boolean) =>
    FIXTURES.filter(holds)
      .map(({ metric_id }) => metric_id)
      .sort();
  const query = (parameters: Record<string, string>) => `${metrics}?${new URLSearchParams(parameters).toString()}`;
  const keys = async (parameters: Record<string, string>) => keysOf(await t.get(query(parameters)));
  const among = (values: string[], value: unknown) => values.includes(value as string);

  it('stores texts in the form NFC, and finds them in any form', async () => {
    const [nfc, nfd] = ['Zoë', 'Zoe\u0308'];
    const created = await t.post(metrics, { metric_id: 'nfd', name: nfd, owner: nfd, synonyms: [nfd] });
    expect(created.body).toMatchObject({ name: nfc, owner: nfc, synonyms: [nfc] });
    const patched = await t.patch(`${metrics}/nfd`, { short_name: nfd });
    expect(patched.body).toMatchObject({ short_name: nfc, version: 2 });
    for (const form of [nfc, nfd])
      for (const parameter of ['owner', 'q']) expect(await keys({ [parameter]: form })).toEqual(['nfd']);
    await t.delete(`${metrics}/nfd`);
  });

  it.each<[Record<string, string>, (metric: Fixture) => boolean]>([
    [{ metric_id: 'ALPHA,c' }, ({ metric_id }) => among(['Alpha', 'c'], metric_id)],
    [{ metric_id_prefix: 'alPHA' }, ({ metric_id }) => metric_id.toLowerCase().startsWith('alpha')],
    [{ metric_id_prefix: 'B_' }, ({ metric_id }) => metric_id === 'B_2'],
    [{ status: 'draft' }, ({ status }) => status === undefined],
    [{ status: 'draft,active' }, () => true],
    [{ status: 'archived' }, () => false],
    [{ category: 'strategic' }, ({ category }) => category === 'strategic'],
    [{ category: 'strategic,tactical' }, ({ category }) => among(['strategic', 'tactical'], category)],
    [{ tier: 'tier-1,tier-3' }, ({ tier }) => among(['tier-1', 'tier-3'], tier)],
    [{ metric_type: 'lagging' }, ({ metric_type }) => metric_type === 'lagging'],
    [{ kind: 'simple,ratio' }, ({ kind }) => among(['simple', 'ratio'], kind)],
    [{ business_domain: 'finance,revenue' }, ({ business_domain }) => among(['finance', 'revenue'], business_domain)],
    [
      { business_domain: 'finance', include_subdomains: 'false' },
      ({ business_domain }) => business_domain === 'finance',
    ],
    [
      { business_domain: 'finance', include_subdomains: 'true' },
      ({ business_domain }) => business_domain !== undefined,
    ],
    [{ business_domain: 'people', include_subdomains: 'true' }, () => false],
    [{ owner: 'Ops' }, ({ owner }) => owner === 'Ops'],
    [{ owner: 'oPS' }, ({ owner }) => owner === 'Ops'],
    [{ owner: '"A, Inc"' }, ({ owner }) => owner === 'A, Inc'],
    [{ owner: 'Ops,"A, Inc"' }, ({ owner }) => among(['A, Inc', 'Ops'], owner)],
    [{ business_domain: 'FINANCE' }, ({ business_domain }) => business_domain === 'finance'],
    [{ include_subdomains: 'true' }, () => true],
    [{ unit: '{request}' }, ({ unit }) => unit === '{request}'],
    [{ direction: 'decrease' }, ({ direction }) => direction === 'decrease'],
    [{ tags: 'x,z' }, ({ tags = [] }) => tags.some((tag) => among(['x', 'z'], tag))],
    [{ tags_all: 'x,z' }, ({ tags = [] }) => ['x', 'z'].every((tag) => tags.includes(tag))],
    [{ grain: 'month' }, ({ grain = [] }) => grain.includes('month')],
    [{ grain_all: 'day,month' }, ({ grain = [] }) => grain.length === 2],
    [{ depends_on: 'Alpha' }, ({ depends_on = [] }) => depends_on.includes('Alpha')],
    [{ depends_on_all: 'Alpha,B.1' }, ({ depends_on = [] }) => depends_on.length === 2],
    [
      { classification: 'internal,public' },
      ({ governance }) => among(['internal', 'public'], governance?.classification),
    ],
    [{ pii: 'true' }, ({ governance }) => governance?.pii === true],
    [{ pii: 'false' }, ({ governance }) => governance?.pii === false],
    [{ missing: 'owner' }, ({ owner }) => owner === undefined],
    [{ missing: 'owner,unit' }, ({ owner, unit }) => owner === undefined || unit === undefined],
    [{ missing: 'business_domain' }, ({ business_domain }) => business_domain === undefined],
    [{ missing: 'formula' }, ({ formula }) => formula?.expression === undefined],
    [{ missing: 'description' }, ({ description }) => description === undefined],
    [{ unresolved: 'true' }, () => false],
    [{ unresolved: 'false' }, () => true],
    [
      { category: 'strategic', tier: 'tier-1,tier-3' },
      ({ category, tier }) => category === 'strategic' && tier === 'tier-1',
    ],
    [{ updated_after: '2000-01-01', created_before: '2999-12-31T23:59:59.999999+14:00' }, () => true],
    [{ updated_before: '2000-01-01T00:00Z' }, () => false],
    [{ created_after: '2999-01-01' }, () => false],
  ])('%j', async (parameters, holds) => {
    expect((await keys({ ...parameters, sort: 'metric_id' })).sort()).toEqual(expected(holds));
  });

  it('compare timestamps with microsecond precision', async () => {
    const { body } = await t.get(`${metrics}/d`);
    const at = body.updated_at as string;
    expect(await keys({ updated_after: at })).not.toContain('d');
    expect(await keys({ updated_before: at })).not.toContain('d');
    expect(await keys({ updated_before: at.replace('Z', '001Z') })).toContain('d');
  });

  it('exclude deleted documents by default', async () => {
    expect(await keys({ tags: 'x' })).not.toContain('gone');
    expect(await keys({ tags: 'x', include_deleted: 'true' })).toContain('gone');
  });

  it('return the selected fields with key and version', async () => {
    const { body } = await t.get(query({ metric_id: 'c', fields: 'owner,unit' }));
    expect(body.data).toEqual([{ metric_id: 'c', version: 1, owner: 'Ops', unit: '{request}' }]);
  });

  describe('sort', () => {
    const exact = (value: unknown) => (value ?? '') as string;
    const lower = (value: unknown) => exact(value).toLowerCase();
    const SORTS: [string, (metric: Fixture) => string][] = [
      ['metric_id', ({ metric_id }) => lower(metric_id)],
      ['name', ({ name }) => lower(name)],
      ['category', ({ category }) => exact(category)],
      ['tier', ({ tier }) => exact(tier)],
      ['business_domain', ({ business_domain }) => exact(business_domain)],
      ['owner', ({ owner }) => exact(owner)],
    ];
    const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

    it.each(SORTS)('by %s in both directions, ties by creation', async (sort, valueOf) => {
      const rows = FIXTURES.map((metric, id) => ({ key: metric.metric_id, value: valueOf(metric), id }));
      const ascending = rows.sort((a, b) => compare(a.value, b.value) || a.id - b.id).map(({ key }) => key);
      expect(await keys({ sort })).toEqual(ascending);
      expect(await keys({ sort: `-${sort}` })).toEqual(ascending.toReversed());
    });

    it.each(['created_at', 'updated_at'])('by %s', async (sort) => {
      const order = FIXTURES.map(({ metric_id }) => metric_id);
      expect(await keys({ sort })).toEqual(order);
      expect(await keys({ sort: `-${sort}` })).toEqual(order.toReversed());
      expect(await keys({})).toEqual(order.toReversed());
    });

    it('by several fields in different directions', async () => {
      const rows = FIXTURES.map(({ metric_id, tier, category }) => ({
        metric_id,
        tier: exact(tier),
        category: exact(category),
      }));
      rows.sort(
        (a, b) =>
          compare(b.tier, a.tier) || compare(a.category, b.category) || compare(lower(b.metric_id), lower(a.metric_id)),
      );
      expect(await keys({ sort: '-tier,category,-metric_id' })).toEqual(rows.map(({ metric_id }) => metric_id));
    });
  });

  describe('search', () => {
    beforeAll(async () => {
      for (const [key, changes] of Object.entries({
        's-name': { name: 'Churn rate' },
        's-tag': { name: 'Leaving customers', tags: ['churn'] },
        's-text': { name: 'Retention', description: 'The opposite of churn.' },
        's-formula': { name: 'Other', formula: { expression: 'churn * 2' } },
      }))
        await t.post(metrics, { metric_id: key, ...changes });
    });
    afterAll(async () => {
      for (const key of ['s-name', 's-tag', 's-text', 's-formula']) await t.delete(`${metrics}/${key}`);
    });

    it('ranks name above tags, description and formula', async () => {
      expect(await keys({ q: 'churn' })).toEqual(['s-name', 's-tag', 's-text', 's-formula']);
    });

    it('supports word forms, phrases, or, and exclusion', async () => {
      expect(await keys({ q: 'customer' })).toEqual(['s-tag']);
      expect(await keys({ q: '"opposite of churn"' })).toEqual(['s-text']);
      expect(await keys({ q: 'churn -rate -opposite', sort: 'metric_id' })).toEqual(['s-formula', 's-tag']);
      expect((await keys({ q: 'rate or opposite' })).sort()).toEqual(['s-name', 's-text']);
      expect(await keys({ q: 's-name' })).toEqual(['s-name']);
    });

    it('paginates by relevance with cursors', async () => {
      const walked: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const response = await t.get(query({ q: 'churn', cursor, limit: '1' }));
        walked.push(...keysOf(response));
        cursor = response.body.pagination.nextCursor as string | null;
      }
      expect(walked).toEqual(['s-name', 's-tag', 's-text', 's-formula']);
    });

    it.each([
      '',
      ' ',
      '"',
      '""',
      '-',
      '--',
      'or',
      'or or',
      "'",
      "a'b",
      ':*',
      'a:*',
      '!',
      '&',
      '|',
      '()',
      '<->',
      '\\',
      '%',
      '%%%',
      '*',
      'the',
      '😀',
      '\u0001',
      ';drop table',
      '"a',
      '- -',
      '"" or ""',
    ])('accepts %j', async (q) => expect((await t.get(query({ q }))).status).toBe(200));
  });

  it('are refused with every invalid parameter', async () => {
    expect(problemOf(await t.get(`${metrics}?colour=red&tier=tier-9&page=1e3&limit=101&sort=id`))).toEqual({
      status: 400,
      code: 'invalid_parameter',
      errors: [
        'colour unknown_parameter',
        'tier invalid_value',
        'sort invalid_value',
        'limit invalid_value',
        'page invalid_value',
      ],
    });
    expect(problemOf(await t.get(`${metrics}?page=1&page=2`)).errors).toEqual(['page repeated_parameter']);
    expect(problemOf(await t.get(`${metrics}/Alpha?page=1`)).errors).toEqual(['page unknown_parameter']);
    expect(problemOf(await t.get(`${metrics}/stats?tier=tier-1`)).errors).toEqual(['tier unknown_parameter']);
  });

  it('of a domain accept every filter except the domain', async () => {
    const within = (path: string) => t.get(`/api/v1/domains/FINANCE/${path}`);
    expect(keysOf(await within('metrics?owner=Ops'))).toEqual(['c']);
    for (const path of [
      'metrics?business_domain=people',
      'metrics?business_domain=finance',
      'objectives?domain_id=people',
    ])
      expect(problemOf(await within(path))).toMatchObject({
        status: 400,
        errors: [`${path.replace(/.*[?](.*)=.*/, '$1')} unknown_parameter`],
      });
  });

  it('have facet counts equal to a manual count', async () => {
    const { body } = await t.get(`${metrics}/stats`);
    const { data } = (await t.get(`${metrics}?limit=100`)).body as { data: Fixture[] };
    const recount = (member: string) => {
      const counts = new Map<string, number>();
      for (const value of data.flatMap((metric) => metric[member]) as (string | undefined)[])
        if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
      return [...counts]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    };
    const facets = Object.entries(metricFields).filter(([, field]) => 'facet' in field);
    expect(facets.map(([name]) => name)).toContain('tags');
    expect(body).toEqual({
      total: data.length,
      ...Object.fromEntries(facets.map(([name]) => [`by_${name}`, recount(name)])),
    });
  });
});

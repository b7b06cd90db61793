import { fold, joined, plainWords, searchWords, similarTerms } from '../../src/documents/query/search-text';
import { TestApp } from '../support/app';
import { domain } from '../support/documents';
import { keysOf, problemOf } from '../support/responses';

const METRICS = '/api/v1/metrics';
/** Texts in which documents and queries must find the same words. */
const TEXTS = [
  'Monthly recurring revenue (MRR), 90% of plan: a/b_c-d.e',
  'HTTPServer fooBar_baz MQLs eNPS GitHub iOS p95Latency OrderFulfilmentLeadTime',
  'ÜMSATZ Erlös Straße Œuvre Ærø Łódź İstanbul ΣΊΣΥΦΟΣ naïve',
  'cafe\u0301 na\u0308ive ﬁnd ① ½ ＦＵＬＬ ｶﾞｽ',
  '月活跃用户数 在庫回転率・物流 東京2024年 料',
  'صافي الإيرادات الشهرية والمبيعات بالتجزئة للعملاء مُحَمَّد',
  'ระยะเวลาจัดส่งสินค้าเฉลี่ย',
  'Выручка, ёлка 매출 증가율 हिन्दी राजस्व',
  "it's l'équipe “quoted” – dash… €5 £6 100°C",
  '\\ \' " & | ! : * ( ) < > 😀 a😀b',
];

describe('search', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await TestApp.start();
    await t.post('/api/v1/domains', domain('new-business', { name: 'New business' }));
  });
  afterAll(() => t.stop());
  afterEach(() => t.sql('TRUNCATE metrics'));

  const create = async (...metrics: Record<string, unknown>[]) => {
    for (const [at, metric] of metrics.entries())
      expect(await t.post(METRICS, { metric_id: `m${at}`, ...metric })).toMatchObject({ status: 201 });
  };
  const search = (q: string, more: Record<string, string> = {}) =>
    t.get(`${METRICS}?${new URLSearchParams({ q, ...more }).toString()}`);
  const keys = async (q: string, more?: Record<string, string>) => keysOf(await search(q, more));

  it('finds the same words in documents and in queries', async () => {
    for (const text of TEXTS) {
      const [row] = await t.sql<{ folded: string; words: string; names: string[] }>(
        `SELECT search_fold($1) AS folded, search_name_words($1) AS words,
           tsvector_to_array(search_names('k', ARRAY[$1], '{}')) AS names`,
        [text],
      );
      expect(row?.folded).toBe(fold(text));
      const words = new Set(row?.words.split(' '));
      for (const { word, parts, stem } of searchWords(text))
        for (const form of [word, ...parts, ...(stem === undefined ? [] : [stem])]) {
          expect([text, form, [...words].some((one) => one === form || one.startsWith(form))]).toEqual([
            text,
            form,
            true,
          ]);
          expect(row?.names).toContain(`.${form}`);
        }
      expect(row?.names).toContain(`=n${fold(text)}`);
      expect(row?.names).toContain(`=j${joined(text)}`);
      expect(plainWords(text).length).toBeGreaterThan(0);
    }
  });

  it.each([
    ['revnue', 'revenue'],
    ['revenuee', 'revenue'],
    ['ravenue', 'revenue'],
    ['revneue', 'revenue'],
    ['utlizaton', 'utilization'],
    ['maintenence', 'maintenance'],
  ])('has a term for %s that names with %s have too', async (typed, word) => {
    const [row] = await t.sql<{ names: string[] }>(
      `SELECT tsvector_to_array(search_names('k', ARRAY[$1], '{}')) AS names`,
      [word],
    );
    expect(similarTerms(typed).filter((term) => row?.names.includes(term))).not.toEqual([]);
  });

  it('ranks whole names, then words of names, then other texts, then by name', async () => {
    await create(
      { name: 'Churn rate of customers' },
      { name: 'Other', description: 'Depends on the churn rate.' },
      { name: 'B', short_name: 'Churn rate' },
      { name: 'Loss', synonyms: ['churn-rate'] },
      { metric_id: 'churn.rate', name: 'Z' },
      { name: 'Churning rates' },
      { name: 'churn rate' },
      { name: 'A', description: 'Depends on the churn rate.' },
    );
    // m2 and m6 have the name, m3 a synonym apart from the hyphen, as has the key.
    expect(await keys('Churn Rate')).toEqual(['m6', 'm2', 'churn.rate', 'm3', 'm0', 'm5', 'm7', 'm1']);
  });

  it.each<[string, Record<string, unknown>]>([
    ['On time / in full', { name: 'On time / in full' }],
    ['fact_deals', { name: 'N', description: 'From fact_deals.' }],
    ['amount_usd', { name: 'N', formula: { expression: 'SUM(amount_usd)' } }],
    ['IT', { name: 'IT spend' }],
    ['who index', { name: 'WHO index' }],
    ['lead time', { name: 'OrderLeadTime' }],
    ['OrderLeadTime', { name: 'Order lead time' }],
    ['orderLeadTime', { name: 'ORDER_LEAD_TIME' }],
    ['leadtime', { name: 'Lead time' }],
    ['Zoe\u0308', { name: 'Zoë' }],
    ['zoe', { name: 'Zoe\u0308' }],
    ['STRASSE', { name: 'Straße' }],
    ['用户', { name: '月活跃用户数' }],
    ['数', { name: '月活跃用户数' }],
    ['在庫', { name: 'x', synonyms: ['在庫回転率'] }],
    ['الايرادات', { name: 'صافي الإيرادات' }],
    ['إيرادات', { name: 'صافي الإيرادات' }],
    ['ส่งสินค้า', { name: 'ระยะเวลาจัดส่งสินค้า' }],
    ['revenue analytics', { name: 'N', owner: 'Revenue Analytics' }],
    ['saas', { name: 'N', tags: ['saas'] }],
    ['new business', { name: 'N', business_domain: 'new-business' }],
    ['recur', { name: 'Monthly recurring revenue' }],
    ['mo rec', { name: 'Monthly recurring revenue', short_name: 'mo' }],
    ['logo churn', { name: 'N', synonyms: ['Logo churn'] }],
    ['tickets per 100 accounts', { name: 'N', unit: 'tickets per 100 accounts' }],
    ['db client', { metric_id: 'db.client.operation_time', name: 'N' }],
  ])('finds %s', async (q, metric) => {
    await create({ metric_id: 'other', name: 'Something else' }, { metric_id: 'found', ...metric });
    const { body } = await search(q);
    const [first] = body.data as { metric_id: string; match?: string }[];
    const key = (metric['metric_id'] as string | undefined) ?? 'found';
    expect([first?.metric_id, first?.match]).toEqual([key, undefined]);
  });

  it('marks what only resembles the text, and lists it when little else matches', async () => {
    await create({ name: 'Monthly revenue' }, { name: 'Revenue per seat' }, { name: 'Headcount' });
    const { body } = await search('monthly revnue');
    expect(body.data).toMatchObject([{ metric_id: 'm0', match: 'similar' }]);
    expect(body.pagination).toMatchObject({ total: 1 });
    expect((await search('revnue', { fields: 'name' })).body.data).toEqual([
      { metric_id: 'm0', version: 1, name: 'Monthly revenue', match: 'similar' },
      { metric_id: 'm1', version: 1, name: 'Revenue per seat', match: 'similar' },
    ]);
    expect((await search('revenue')).text).not.toContain('"match"');
    expect(await keys('"revnue"')).toEqual([]);
    expect(await keys('revnue', { sort: 'name' })).toEqual([]);
  });

  it('keeps phrases, alternatives and exclusion', async () => {
    await create({ name: 'Net revenue' }, { name: 'Revenue, net of tax' }, { name: 'Gross margin' });
    expect((await keys('"net revenue"')).sort()).toEqual(['m0']);
    expect((await keys('revenue -tax')).sort()).toEqual(['m0']);
    expect((await keys('margin or tax')).sort()).toEqual(['m1', 'm2']);
    expect((await keys('net revenue')).sort()).toEqual(['m0', 'm1']);
    expect((await keys('-revenue')).sort()).toEqual(['m2']);
    expect(await keys('Revenue, net of tax')).toEqual(['m1']);
  });

  it('follows changes, deletions and changes behind the service', async () => {
    await create({ name: 'Alpha' }, { name: 'Beta' });
    await t.patch(`${METRICS}/m0`, { name: 'Gamma' });
    expect([await keys('alpha'), await keys('gamma')]).toEqual([[], ['m0']]);
    await t.delete(`${METRICS}/m0`);
    expect(await keys('gamma')).toEqual([]);
    expect(await keys('gamma', { include_deleted: 'true' })).toEqual(['m0']);
    await t.post(`${METRICS}/m0/restore`);
    expect(await keys('gamma')).toEqual(['m0']);
    await t.sql(`UPDATE metrics SET data = data || '{"name": "Delta"}' WHERE key = 'm1'`);
    expect([await keys('beta'), await keys('delta')]).toEqual([[], ['m1']]);
    await t.sql(`DELETE FROM metrics WHERE key = 'm1'`);
    expect(await keys('delta')).toEqual([]);
    expect(await t.sql('SELECT id FROM metrics_search')).toHaveLength(1);
    await t.sql('TRUNCATE metrics');
    expect(await t.sql('SELECT id FROM metrics_search')).toEqual([]);
  });

  it('lists every match once, by page and by cursor, also beyond those that it ranks', async () => {
    await t.sql(`INSERT INTO metrics (key, data)
      SELECT 'n' || n, jsonb_build_object('name', 'Counted ' || n % 50) FROM generate_series(1, 1250) AS n`);
    const { body } = await search('counted', { limit: '100' });
    expect(body.pagination).toMatchObject({ total: 1250, pages: 13 });
    const walk = async (query: Record<string, string>, next: (pagination: Record<string, unknown>) => unknown) => {
      const seen: string[] = [];
      for (let at: unknown = query; at;) {
        const page = await search('counted', { limit: '100', ...(at as Record<string, string>) });
        seen.push(...keysOf(page));
        at = next(page.body.pagination as Record<string, unknown>);
      }
      return seen;
    };
    const pages = await walk({ page: '1' }, ({ hasNext, page }) => hasNext && { page: String(Number(page) + 1) });
    const cursors = await walk({ cursor: '' }, ({ nextCursor }) => nextCursor && { cursor: nextCursor });
    expect(new Set(pages).size).toBe(1250);
    expect(pages).toHaveLength(1250);
    expect(cursors).toEqual(pages);
    let back = (await search('counted', { limit: '100', cursor: '' })).body.pagination;
    for (let at = 0; at < 12; at++)
      back = (await search('counted', { limit: '100', cursor: back.nextCursor })).body.pagination;
    const previous = await search('counted', { limit: '100', cursor: back.prevCursor as string });
    expect(keysOf(previous)).toEqual(pages.slice(1100, 1200));
  });

  it('finds metrics by the name of their domain, also after it is renamed', async () => {
    await t.post('/api/v1/domains', domain('DOMAIN-001', { name: 'Digital experience' }));
    await t.post('/api/v1/domains', domain('ops', { name: 'Ops' }));
    await create(
      { name: 'Page load', business_domain: 'DOMAIN-001' },
      { name: 'Digital experience score' },
      { name: 'Uptime', business_domain: 'ops' },
    );
    expect(await keys('Digital Experience')).toEqual(['m1', 'm0']);
    expect(await keys('digital-experience', { sort: 'name' })).toEqual(['m1', 'm0']);
    expect(await keys('OPS')).toEqual(['m2']);
    await t.patch('/api/v1/domains/DOMAIN-001', { name: 'Web shop' });
    expect(await keys('Digital Experience')).toEqual(['m1']);
    expect(await keys('web shop')).toEqual(['m0']);
  });

  it('combines with filters, whose matches alone are counted', async () => {
    await create({ name: 'Revenue a', owner: 'Ops' }, { name: 'Revenue b', owner: 'ops' }, { name: 'Revenue c' });
    const { body } = await search('revenue', { owner: 'OPS' });
    expect(keysOf({ body } as never).sort()).toEqual(['m0', 'm1']);
    expect(body.pagination.total).toBe(2);
    expect(await keys('revnue', { owner: 'OPS' })).toHaveLength(2);
    expect((await keys('revenue', { owner: 'OPS', sort: 'name' })).sort()).toEqual(['m0', 'm1']);
  });

  it('takes at most 200 characters and ten words', async () => {
    expect((await search('word '.repeat(10))).status).toBe(200);
    expect(problemOf(await search('word '.repeat(11)))).toMatchObject({ status: 400, errors: ['q invalid_value'] });
    expect((await search('字'.repeat(200))).status).toBe(200);
    expect((await search('a'.repeat(201))).status).toBe(400);
  });
});

describe('filters by members of extra', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await TestApp.start();
    await t.post(METRICS, {
      metric_id: 'a',
      name: 'A',
      extra: { dbt: { group: 'finance', tags: ['x', 'y'], level: 2 } },
    });
    await t.post(METRICS, { metric_id: 'b', name: 'B', extra: { dbt: { group: 'sales, emea', on: true } } });
    await t.post(METRICS, { metric_id: 'c', name: 'C' });
    await t.post('/api/v1/domains', domain('d', { extra: { source: { name: 'dbt' } } }));
  });
  afterAll(() => t.stop());

  const keys = async (query: string) => keysOf(await t.get(`${METRICS}?sort=metric_id&${query}`));

  it.each([
    ['extra.dbt.group=finance', ['a']],
    ['extra.dbt.group=Finance', []],
    ['extra.dbt.group=finance,"sales, emea"', ['a', 'b']],
    ['extra.dbt.tags=y', ['a']],
    ['extra.dbt.level=2', ['a']],
    ['extra.dbt.on=true', ['b']],
    ['extra.dbt.group=finance&extra.dbt.tags=z', []],
    ['extra.group=finance', []],
    ['extra.__proto__.x=1', []],
  ])('%s', async (query, expected) => expect(await keys(query)).toEqual(expected));

  it('serve all resources and exports', async () => {
    const { body } = await t.get('/api/v1/domains?extra.source.name=dbt');
    expect(body.data).toMatchObject([{ domain_id: 'd' }]);
    expect((await t.get(`${METRICS}/export?extra.dbt.group=finance`)).text).toContain('{"count":1}');
  });

  it.each([
    ['extra=x', 'extra unknown_parameter'],
    ['extra.=x', 'extra. invalid_value'],
    ['extra.a..b=x', 'extra.a..b invalid_value'],
    ['extra.a=', 'extra.a invalid_value'],
    [`extra.${'a.'.repeat(8)}b=x`, `extra.${'a.'.repeat(8)}b invalid_value`],
    [`extra.a=${'x'.repeat(201)}`, 'extra.a invalid_value'],
    [`extra.a=1,2,3,4,5,6,7,8,9,10,11`, 'extra.a invalid_value'],
    ['extra.a=x&extra.a=y', 'extra.a repeated_parameter'],
    ['owner.a=x', 'owner.a unknown_parameter'],
    ['extra.a%00b=x', 'extra.a\0b invalid_character'],
    ['extra.a=%00', 'extra.a invalid_character'],
  ])('%s is refused', async (query, error) =>
    expect(problemOf(await t.get(`${METRICS}?${query}`))).toEqual({
      status: 400,
      code: 'invalid_parameter',
      errors: [error],
    }),
  );
});

import { Client } from 'pg';
import type { DocumentDefinition } from '../../src/documents/definition/document-definition';
import { Database } from '../../src/database/database';
import { DocumentStores } from '../../src/documents/document-stores';
import { listQuery } from '../../src/documents/query/list-query';
import { listStatement } from '../../src/documents/read/list-statement';
import { generatedDomains, generatedMetric } from '../../src/exchange/seed/generated-catalogue';
import { seedGenerated } from '../../src/exchange/seed/seed';
import type { Position } from '../../src/pagination/cursor';
import { TestApp } from '../support/app';
import {
  type Explained,
  type ExplainRow,
  nodesOf,
  planText,
  type PlanNode,
  rowsFound,
  rowsRead,
  underLimit,
} from './plans';

const METRICS = 100_000;
const DOMAINS = 200;
const PAGE = 50;
/** The most rows that a page may read: an index may find rows that another condition then filters out. */
const PAGE_BUDGET = 60 * PAGE;
/** The most rows read for each matching row, if the index covers only some of the conditions. */
const READS_PER_MATCH = 4;
/** From this share of the table on, a sequential scan is the best plan. */
const SEQ_SCAN_SHARE = 0.15;
/** The columns of a row. They do not affect the plan. */
const ROW = 'document.key, document.created_at::text AS created_at, document.updated_at::text AS updated_at';

/** Values that occur in some metrics in a hundred thousand. */
const RARE = { category: 'rare', tags: ['rare-1', 'rare-2'] };

const domainKeys = generatedDomains(DOMAINS).map(({ domain_id = '' }) => domain_id);
const keyOf = (index: number) => generatedMetric(index, DOMAINS).metric_id ?? '';
const dependent = Array.from({ length: 100 }, (_, index) => generatedMetric(1000 + index, DOMAINS));
const dependency = dependent.flatMap(({ depends_on = [] }) => depends_on)[0] ?? '';

/** Lists whose page is read in the order of an index, however many rows match. */
const READ_IN_ORDER = [
  '',
  'page=2',
  'sort=name',
  'sort=-name',
  'sort=metric_id',
  'sort=-created_at',
  'sort=category',
  'sort=-tier',
  'sort=business_domain',
  'sort=owner',
  'sort=-updated_at,name',
  'sort=name,-updated_at',
  'category=operational',
  'category=rare',
  'category=operational,strategic',
  'category=operational&tier=tier-1',
  'category=rare&tier=tier-1',
  'kind=ratio&status=active&tier=tier-2',
  'status=archived',
  'status=active&sort=name',
  `business_domain=${domainKeys[0]}`,
  `business_domain=${domainKeys[77]}`,
  `business_domain=${domainKeys.slice(0, 50).join(',')}`,
  'owner=Sales Platform',
  'owner=Sales Platform&sort=name',
  'unit=USD',
  'pii=true',
  'classification=confidential',
  'metric_type=leading&direction=increase',
  'tags=kpi',
  'tags=rare-1',
  'tags=rare-1,rare-2',
  'tags_all=kpi,rare-1',
  'grain=month',
  `depends_on=${dependency}`,
  `metric_id=${keyOf(100)},${keyOf(200)}`,
  'metric_id_prefix=monthly-',
  'metric_id_prefix=yearly-cash-runway-',
  'metric_id_prefix=daily-&sort=name',
  'missing=owner',
  'missing=owner,description,unit',
  'unresolved=true',
  'unresolved=false',
  'updated_after=2026-04-20',
  'updated_before=2025-12-15',
  'created_after=2026-03-01',
  'created_before=2025-10-01&sort=name',
  'q=agreed&sort=name',
  'include_deleted=true',
  'include_deleted=true&sort=name',
  'include_deleted=true&category=tactical',
];

/** Lists that read all matching rows to find the first page. */
const READ_COMPLETELY = ['missing=formula&sort=name'];

/** Searches: of rare and frequent words, whole names, beginnings, typing errors, and with operators and filters. */
const SEARCHES = [
  'churned',
  'staff turnover',
  '"churned customers"',
  'revenue',
  'agreed',
  'mo',
  'nosuchword',
  'revnue',
  'weekly grss margin',
  'nosuchword revenue',
  'revenue -churned or margin',
  'average rate of monthly recurring revenue in all regions',
  keyOf(4000),
];

/** Lists that read all rows with the first value of the first sort term. */
const READ_BY_GROUPS = ['sort=tier,-updated_at', 'sort=tier,category', 'sort=-category,name'];

describe(`lists of ${METRICS} metrics`, () => {
  let app: TestApp;
  let metrics: DocumentDefinition;

  beforeAll(async () => {
    app = await TestApp.start();
    await fill(app);
    const found = app.app.get(DocumentStores).all.find(({ definition }) => definition.resource === 'metrics');
    if (!found) throw new Error('There is no store for metrics.');
    metrics = found.definition;
  }, 300_000);
  afterAll(() => app.stop());

  const listed = (query: string, position?: Position) => {
    const parsed = listQuery(metrics).parse(Object.fromEntries(new URLSearchParams(query)));
    const { page, sort } = listStatement(metrics, parsed, ROW, position);
    return { ...page, sort };
  };

  /** Runs a statement on the service's own connections. @returns the plan nodes of the page and of the count */
  async function run({ sql, parameters }: Explained): Promise<{ page: PlanNode[]; count: PlanNode[] }> {
    const [row] = await app.app
      .get(Database)
      .query<ExplainRow>(`EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, FORMAT JSON) ${sql}`, parameters);
    if (!row) throw new Error('EXPLAIN returned no row.');
    const plan = row['QUERY PLAN'][0].Plan;
    const counting = nodesOf(plan).find((node) => node['Parent Relationship'] === 'InitPlan');
    return { page: underLimit(plan), count: counting ? nodesOf(counting) : [] };
  }

  it.each(READ_IN_ORDER)('read the page of "%s" from an index', async (query) => {
    const { page } = await run(listed(query));
    expect(faults(page, PAGE_BUDGET)).toEqual([]);
  });

  it.each(READ_COMPLETELY)('read only matching rows for "%s"', async (query) => {
    const { page } = await run(listed(query));
    expect(faults(page, READS_PER_MATCH * rowsFound(page) + PAGE_BUDGET)).toEqual([]);
  });

  it.each([...SEARCHES, ...SEARCHES.map((text) => `${text}&tier=tier-1`)])(
    'search for "%s" in the index of terms',
    async (text) => {
      const { sql, parameters } = listed(`q=${text}`);
      const [row] = await app.app
        .get(Database)
        .query<ExplainRow>(`EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, FORMAT JSON) ${sql}`, parameters);
      const nodes = row ? nodesOf(row['QUERY PLAN'][0].Plan) : [];
      expect(nodes.map((node) => node['Index Name'])).toContain('metrics_q_idx');
      expect(nodes.filter(isLargeScan)).toEqual([]);
    },
  );

  it.each(READ_BY_GROUPS)('read only the first group for "%s"', async (query) => {
    const { page } = await run(listed(query));
    expect(faults(page, SEQ_SCAN_SHARE * METRICS)).toEqual([]);
  });

  it.each([...READ_IN_ORDER, ...READ_COMPLETELY].filter((query) => !query.includes('sort=')))(
    'read only matching rows to count "%s"',
    async (query) => {
      const { count } = await run(listed(query));
      expect(faults(count, READS_PER_MATCH * rowsFound(count) + PAGE_BUDGET)).toEqual([]);
    },
  );

  it.each(['', 'sort=name', 'sort=-metric_id', 'sort=owner', 'sort=-updated_at,name', 'category=operational'])(
    'read a late page of "%s" like the first page',
    async (query) => {
      const { sql, parameters, sort } = listed(query);
      const one = sql.replace(/LIMIT \d+ OFFSET \d+/, `LIMIT 1 OFFSET ${METRICS / 4}`);
      const [middle] = await app.sql<Record<string, string>>(one, parameters);
      const values = sort.map((column) => middle?.[column] ?? '');
      const first = await run(listed(`${query}&cursor=`));
      const after = await run(listed(`${query}&cursor=`, { direction: 'next', values }));
      const before = await run(listed(`${query}&cursor=`, { direction: 'prev', values }));
      expect(first.count).toEqual([]);
      for (const { page } of [after, before]) expect(faults(page, rowsRead(first.page) + PAGE)).toEqual([]);
    },
  );
});

/** Tables with few rows in this test, for which the planner prefers a scan. */
const SMALL_TABLES = ['cache_generations', 'domains_search'];

const isLargeScan = (node: PlanNode) =>
  node['Node Type'] === 'Seq Scan' && !SMALL_TABLES.includes(node['Relation Name'] ?? '');

/** Finds the faults of a plan: too many rows read, or a sequential scan although few rows match. */
function faults(nodes: PlanNode[], budget: number): string[] {
  const isScanned = nodes.some(isLargeScan);
  const [read, found] = [rowsRead(nodes), rowsFound(nodes)];
  if (isScanned && found >= SEQ_SCAN_SHARE * METRICS) return [];
  return isScanned || read > budget ? [`${read} rows read, ${found} found, ${budget} allowed: ${planText(nodes)}`] : [];
}

/** Seeds generated metrics. Most indexes are created afterwards, because that is faster. */
async function fill({ app, database }: TestApp): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename IN ('metrics', 'metrics_search')
         AND indexdef NOT LIKE 'CREATE UNIQUE%'`,
    );
    await client.query(`DROP INDEX ${indexes.map(({ name }) => name).join(', ')}`);
    await seedGenerated(app, { metrics: METRICS, domains: DOMAINS });
    await client.query(SPREAD);
    await client.query(MAKE_RARE, [JSON.stringify(RARE)]);
    for (const { definition } of indexes) await client.query(definition);
    await client.query('VACUUM (ANALYZE) metrics, metrics_search');
  } finally {
    await client.end();
  }
}

/** What generated metrics do not have: times of some months, deleted metrics and unresolved references. */
const SPREAD = `
  UPDATE metrics SET created_at = spread.at - interval '90 days', updated_at = spread.at,
    deleted_at = CASE WHEN metrics.id % 50 = 7 THEN spread.at END,
    unresolved_refs = CASE WHEN metrics.id % 1000 = 3 THEN ARRAY['metrics/unknown-' || metrics.id] ELSE '{}' END
  FROM (SELECT id, timestamptz '2026-01-01' + id * interval '97 seconds' - abs(hashint8(id) % 40) * interval '1 day' AS at FROM metrics) AS spread
  WHERE spread.id = metrics.id`;

const MAKE_RARE = `UPDATE metrics SET data = data || jsonb_set($1::jsonb, '{tags}', data -> 'tags' || ($1::jsonb -> 'tags')) WHERE id % 1000 = 5`;

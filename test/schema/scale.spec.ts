import { Client } from 'pg';
import { generateDomains, generateMetrics } from '../../bench/generated-metrics';
import type { DocumentDefinition } from '../../src/documents/definition/document-definition';
import { DocumentStores } from '../../src/documents/document-stores';
import { readListQuery } from '../../src/documents/query/list-query';
import { listStatement } from '../../src/documents/read/list-statement';
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
const PAGE = 50;
/** Rows that a page may look at, whatever it shows: some filters are found by one index and sifted by another condition. */
const PAGE_BUDGET = 60 * PAGE;
/** What is read in vain for each row that matches, where an index finds most but not all conditions. */
const IN_VAIN = 4;
/** The share of the table from which on reading all of it is the shortest way. */
const MOST = 0.15;
/** SQL of a row as a statement gives it: here it does not matter. */
const ROW = 'document.key, document.created_at::text AS created_at, document.updated_at::text AS updated_at';

const manyDomains = Array.from({ length: 50 }, (_, index) => `domain-${index + 1}`).join(',');

/** Lists whose page is found by following an index, however many rows match. */
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
  'business_domain=domain-1',
  'business_domain=domain-77',
  `business_domain=${manyDomains}`,
  'owner=Team 3',
  'owner=Team 3&sort=name',
  'unit=USD',
  'pii=true',
  'classification=confidential',
  'metric_type=leading&direction=increase',
  'tags=core',
  'tags=tag-300',
  'tags=tag-300,tag-301',
  'tags_all=core,tag-300',
  'grain=month',
  'depends_on=METRIC-001000',
  'metric_id=METRIC-000100,METRIC-000200',
  'metric_id_prefix=metric-0',
  'metric_id_prefix=metric-0999',
  'metric_id_prefix=metric-0&sort=name',
  'missing=owner',
  'missing=owner,description,unit',
  'missing=formula&sort=name',
  'unresolved=true',
  'unresolved=false',
  'updated_after=2026-04-20',
  'updated_before=2025-12-15',
  'created_after=2026-03-01',
  'created_before=2025-10-01&sort=name',
  'q=ledger&sort=name',
  'include_deleted=true',
  'include_deleted=true&sort=name',
  'include_deleted=true&category=tactical',
];

/** Lists that have to see all that matches before they know which comes first. */
const READ_AS_A_WHOLE = ['q=refunds', 'q=customer churn', 'q="refunds of campaign"', 'q=revenue', 'q=nosuchword'];

/** Lists that have to see all that is equal in the first term before they know which comes first. */
const READ_BY_GROUPS = ['sort=tier,-updated_at', 'sort=tier,category', 'sort=-category,name'];

describe(`lists of ${METRICS} metrics`, () => {
  let app: TestApp;
  let metrics: DocumentDefinition;

  beforeAll(async () => {
    app = await TestApp.start();
    await fill(app.database.url);
    const found = app.app.get(DocumentStores).all.find(({ definition }) => definition.resource === 'metrics');
    if (!found) throw new Error('The service has no store of metrics.');
    metrics = found.definition;
  }, 120_000);
  afterAll(() => app.stop());

  const listed = (query: string, position?: Position) => {
    const asked = readListQuery(metrics, Object.fromEntries(new URLSearchParams(query)));
    const { page, sort } = listStatement(metrics, asked, ROW, position);
    return { ...page, sort };
  };

  /** How the service's own connections answered it, in its parts: the rows of the page, and their count. */
  async function run({ sql, parameters }: Explained): Promise<{ page: PlanNode[]; count: PlanNode[] }> {
    const [row] = await app.sql<ExplainRow>(
      `EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, FORMAT JSON) ${sql}`,
      parameters,
    );
    if (!row) throw new Error('EXPLAIN always gives one row.');
    const plan = row['QUERY PLAN'][0].Plan;
    const counting = nodesOf(plan).find((node) => node['Parent Relationship'] === 'InitPlan');
    return { page: underLimit(plan), count: counting ? nodesOf(counting) : [] };
  }

  it.each(READ_IN_ORDER)('find the page of "%s" by an index', async (query) => {
    const { page } = await run(listed(query));
    expect(faults(page, PAGE_BUDGET)).toEqual([]);
  });

  it.each(READ_AS_A_WHOLE)('look for "%s" at what matches alone', async (query) => {
    const { page } = await run(listed(query));
    expect(faults(page, IN_VAIN * rowsFound(page) + PAGE_BUDGET)).toEqual([]);
  });

  it.each(READ_BY_GROUPS)('look for "%s" at the first group alone', async (query) => {
    const { page } = await run(listed(query));
    expect(faults(page, MOST * METRICS)).toEqual([]);
  });

  it.each([...READ_IN_ORDER, ...READ_AS_A_WHOLE].filter((query) => !query.includes('sort=')))(
    'count "%s" by what matches',
    async (query) => {
      const { count } = await run(listed(query));
      expect(faults(count, IN_VAIN * rowsFound(count) + PAGE_BUDGET)).toEqual([]);
    },
  );

  it.each(['', 'sort=name', 'sort=-metric_id', 'sort=owner', 'sort=-updated_at,name', 'category=operational'])(
    'read a page in the middle of "%s" as fast as the first',
    async (query) => {
      const { sql, parameters, sort } = listed(query);
      const one = sql.replace(/LIMIT \d+ OFFSET \d+/, `LIMIT 1 OFFSET ${METRICS / 2}`);
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

/** What is wrong with a plan that may read so many rows, and the whole table only when most of it matches. */
function faults(nodes: PlanNode[], budget: number): string[] {
  const isScanned = nodes.some((node) => node['Node Type'] === 'Seq Scan');
  const [read, found] = [rowsRead(nodes), rowsFound(nodes)];
  if (isScanned && found >= MOST * METRICS) return [];
  return isScanned || read > budget ? [`${read} rows read, ${found} found, ${budget} allowed: ${planText(nodes)}`] : [];
}

/**
 * Past the rules of the service, without its limit on the time of a statement, and by two connections: rows first, what
 * finds them afterwards.
 */
async function fill(connectionString: string): Promise<void> {
  const clients = [new Client({ connectionString }), new Client({ connectionString })] as const;
  const [one, other] = clients;
  for (const client of clients) await client.connect();
  try {
    await one.query(generateDomains);
    const { rows: indexes } = await one.query<{ name: string; definition: string }>(
      `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'metrics' AND indexdef NOT LIKE 'CREATE UNIQUE%'`,
    );
    await one.query(`DROP INDEX ${indexes.map(({ name }) => name).join(', ')}`);
    const half = METRICS / 2;
    await Promise.all([one.query(generateMetrics, [1, half]), other.query(generateMetrics, [half + 1, METRICS])]);
    const create = async (client: Client) => {
      for (let index = indexes.pop(); index; index = indexes.pop()) await client.query(index.definition);
    };
    await Promise.all(clients.map(create));
    await one.query('VACUUM (ANALYZE) domains, metrics');
  } finally {
    for (const client of clients) await client.end();
  }
}

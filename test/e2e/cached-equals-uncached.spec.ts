import { Client } from 'pg';
import { type Answer, TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';

const V1 = '/api/v1';
const PATCH = { 'content-type': 'application/merge-patch+json' };

/** Every cached route, with the queries whose answers depend on more than the rows they show. */
const QUESTIONS = [
  ...['metrics', 'domains', 'objectives'].flatMap((resource) => [
    `${V1}/${resource}`,
    `${V1}/${resource}?include_deleted=true&sort=name`,
    `${V1}/${resource}?cursor=&limit=2&count=exact`,
    `${V1}/${resource}?q=name`,
    `${V1}/${resource}?unresolved=true`,
    `${V1}/${resource}/stats`,
  ]),
  `${V1}/metrics?business_domain=company&include_subdomains=true`,
  `${V1}/metrics?missing=owner&fields=name,unresolved_refs`,
  `${V1}/domains?fields=name,metric_count,objective_count`,
  `${V1}/domains/company/metrics`,
  `${V1}/domains/company/metrics?include_subdomains=true`,
  `${V1}/domains/revenue/objectives`,
  ...['metrics/mrr', 'metrics/arr', 'domains/company', 'domains/revenue', 'objectives/grow'].flatMap((item) => [
    `${V1}/${item}`,
    `${V1}/${item}?include_deleted=true`,
    `${V1}/${item}?fields=name,unresolved_refs`,
    `${V1}/${item}/revisions`,
    `${V1}/${item}/revisions/2`,
  ]),
];

const relevant = ({ status, headers, text, body }: Answer) => ({
  status,
  // A problem names its request.
  body: status < 400 ? text : (body as { code: string }).code,
  link: headers.link,
  total: headers['x-total-count'],
  type: headers['content-type'],
});

describe('a cached answer', () => {
  let cached: TestApp;
  let uncached: TestApp;
  let psql: Client;

  beforeAll(async () => {
    cached = await TestApp.start();
    uncached = await TestApp.start({ ENABLE_CACHE: 'false' }, cached.database);
    psql = new Client({ connectionString: cached.database.url });
    await psql.connect();
  });
  afterAll(async () => {
    await psql.end();
    await uncached.app.close();
    await cached.stop();
  });

  const writes: [string, () => Promise<unknown>][] = [
    ['a domain', () => uncached.post(`${V1}/domains`, domain('company'))],
    ['a domain below', () => uncached.post(`${V1}/domains`, domain('revenue', { parent: 'company' }))],
    ['a metric of it', () => uncached.post(`${V1}/metrics`, completeMetric('mrr', { owner: undefined }))],
    ['an objective of it', () => uncached.post(`${V1}/objectives`, objective('grow', { domain_id: 'revenue' }))],
    [
      'an open reference',
      () =>
        uncached.sql(
          `UPDATE metrics SET unresolved_refs = '{metrics/arr}', data = data || '{"related": ["arr"]}' WHERE key = 'mrr'`,
        ),
    ],
    [
      'the metric that it waits for',
      () => uncached.post(`${V1}/metrics`, { metric_id: 'arr', name: 'A name', business_domain: 'company' }),
    ],
    ['a patch', () => uncached.patch(`${V1}/metrics/mrr`, { owner: 'Finance', related: null }, PATCH)],
    ['a step in the lifecycle', () => uncached.post(`${V1}/metrics/mrr/transitions`, { to: 'active' })],
    ['a check-in', () => uncached.patch(`${V1}/objectives/grow/key-results/KR-1`, { current: 9 }, PATCH)],
    ['a domain elsewhere in the tree', () => uncached.patch(`${V1}/domains/revenue`, { parent: null }, PATCH)],
    ['a deleted metric', () => uncached.delete(`${V1}/metrics/arr`)],
    ['a restored metric', () => uncached.post(`${V1}/metrics/arr/restore`)],
    ['a deleted domain whose documents move', () => uncached.delete(`${V1}/domains/revenue?move_to=company`)],
    [
      'a bulk',
      () =>
        uncached.post(`${V1}/domains/bulk?mode=upsert`, {
          items: [domain('sales'), domain('company', { name: 'New name' })],
        }),
    ],
    ['a reverted document', () => uncached.post(`${V1}/metrics/arr/revert`, { version: 1 })],
    [
      'psql: a document',
      () => psql.query(`UPDATE metrics SET data = data || '{"owner": "By hand"}' WHERE key = 'mrr'`),
    ],
    [
      'psql: a revision',
      () =>
        psql.query(`INSERT INTO revisions (resource, document_id, key, version, change, actor, request_id, changed_fields, breaking, data, created_at)
       SELECT 'metrics', id, key, 99, 'updated', 'psql', 'psql', '{}', false, data, now() FROM metrics WHERE key = 'arr'`),
    ],
    ['psql: a foreign key', () => psql.query(`UPDATE metrics SET domain_id = NULL WHERE key = 'arr'`)],
    ['psql: a removed row', () => psql.query(`DELETE FROM objectives`)],
    ['psql: an emptied table', () => psql.query(`TRUNCATE metrics`)],
  ];

  // In their order: each stands on the ones before.
  it.each(writes)('is the one that is made without a cache, after %s', async (_, write) => {
    for (const url of QUESTIONS) for (let round = 0; round < 2; round++) await cached.get(url);
    const result = await write();
    expect((result as Partial<Answer>).status ?? 200).toBeLessThan(300);
    for (const url of QUESTIONS) {
      const truth = relevant(await uncached.get(url));
      expect([url, relevant(await cached.get(url))]).toEqual([url, truth]);
      const again = await cached.get(url);
      expect([url, relevant(again)]).toEqual([url, truth]);
      if (truth.status === 200) expect([url, again.headers['x-cache']]).toEqual([url, 'HIT']);
    }
  });
});

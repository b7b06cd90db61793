import { Client } from 'pg';
import { createOpenApi } from '../../src/app.openapi';
import type { DocumentDefinition } from '../../src/documents/definition/document-definition';
import { DocumentStores } from '../../src/documents/document-stores';
import type { OpenApi } from '../contract/openapi';
import { exampleDocument } from '../contract/resources';
import { TermsModule } from '../resources/terms/terms.module';
import { startWithTerms } from '../resources/with-terms';
import { type TestResponse, TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';

const V1 = '/api/v1';
const PATCH = { 'content-type': 'application/merge-patch+json' };

/** The cached routes of a collection, with queries whose responses depend on more than the returned rows. */
const collectionUrls = ({ resource }: DocumentDefinition) => [
  `${V1}/${resource}`,
  `${V1}/${resource}?include_deleted=true&sort=name`,
  `${V1}/${resource}?cursor=&limit=2&count=exact`,
  `${V1}/${resource}?q=name`,
  `${V1}/${resource}?unresolved=true`,
  `${V1}/${resource}/stats`,
];

/** The cached routes of a document. */
const itemUrls = (item: string) => [
  `${V1}/${item}`,
  `${V1}/${item}?include_deleted=true`,
  `${V1}/${item}?fields=name,unresolved_refs`,
  `${V1}/${item}/revisions`,
  `${V1}/${item}/revisions/2`,
];

/** Responses that depend on several resources. */
const RELATED_URLS = [
  `${V1}/metrics?business_domain=company&include_subdomains=true`,
  `${V1}/metrics?missing=owner&fields=name,unresolved_refs`,
  `${V1}/domains?fields=name,metric_count,objective_count`,
  `${V1}/domains/company/metrics`,
  `${V1}/domains/company/metrics?include_subdomains=true`,
  `${V1}/domains/revenue/objectives`,
  ...['metrics/mrr', 'metrics/arr', 'domains/company', 'domains/revenue', 'objectives/grow'].flatMap(itemUrls),
];

const comparable = ({ status, headers, text, body }: TestResponse) => ({
  status,
  // A problem contains the id of its request.
  body: status < 400 ? text : (body as { code: string }).code,
  link: headers.link,
  total: headers['x-total-count'],
  type: headers['content-type'],
});

describe('a cached response equals the uncached one', () => {
  let cached: TestApp;
  let uncached: TestApp;
  let psql: Client;
  let document: OpenApi;
  let definitions: DocumentDefinition[];
  let urls: string[];

  beforeAll(async () => {
    cached = await startWithTerms();
    uncached = await TestApp.start({ ENABLE_CACHE: 'false' }, cached.database, [TermsModule]);
    document = JSON.parse(JSON.stringify(createOpenApi(cached.app))) as OpenApi;
    definitions = cached.app.get(DocumentStores).all.map(({ definition }) => definition);
    const examples = definitions.flatMap(({ resource }) => itemUrls(`${resource}/example`));
    urls = [...definitions.flatMap(collectionUrls), ...RELATED_URLS, ...examples];
    psql = new Client({ connectionString: cached.database.url });
    await psql.connect();
  });
  afterAll(async () => {
    await psql.end();
    await uncached.app.close();
    await cached.stop();
  });

  /** Sends a write for each resource. */
  const forEachResource = async (
    write: (definition: DocumentDefinition) => Promise<TestResponse>,
  ): Promise<TestResponse> => {
    const responses: TestResponse[] = [];
    for (const definition of definitions) responses.push(await write(definition));
    const failed = responses.find(({ status }) => status >= 300);
    return failed ?? (responses[0] as TestResponse);
  };

  const writes: [string, () => Promise<unknown>][] = [
    [
      'creating a document of each resource',
      () =>
        forEachResource(({ resource, keyMember }) =>
          uncached.post(`${V1}/${resource}`, {
            ...exampleDocument(document, resource, 'required'),
            [keyMember]: 'example',
          }),
        ),
    ],
    [
      'updating a document of each resource',
      () => forEachResource(({ resource }) => uncached.patch(`${V1}/${resource}/example`, { name: 'New' }, PATCH)),
    ],
    [
      'deleting a document of each resource',
      () => forEachResource(({ resource }) => uncached.delete(`${V1}/${resource}/example`)),
    ],
    [
      'restoring a document of each resource',
      () => forEachResource(({ resource }) => uncached.post(`${V1}/${resource}/example/restore`)),
    ],
    ['creating a domain', () => uncached.post(`${V1}/domains`, domain('company'))],
    ['creating a subdomain', () => uncached.post(`${V1}/domains`, domain('revenue', { parent: 'company' }))],
    ['creating a metric', () => uncached.post(`${V1}/metrics`, completeMetric('mrr', { owner: undefined }))],
    ['creating an objective', () => uncached.post(`${V1}/objectives`, objective('grow', { domain_id: 'revenue' }))],
    [
      'recording an unresolved reference',
      () =>
        uncached.sql(
          `UPDATE metrics SET unresolved_refs = '{metrics/arr}', data = data || '{"related": ["arr"]}'
           WHERE key = 'mrr'`,
        ),
    ],
    [
      'creating the metric that resolves it',
      () => uncached.post(`${V1}/metrics`, { metric_id: 'arr', name: 'A name', business_domain: 'company' }),
    ],
    ['updating a metric', () => uncached.patch(`${V1}/metrics/mrr`, { owner: 'Finance', related: null }, PATCH)],
    ['a status transition', () => uncached.post(`${V1}/metrics/mrr/transitions`, { to: 'active' })],
    ['a check-in', () => uncached.patch(`${V1}/objectives/grow/key-results/KR-1`, { current: 9 }, PATCH)],
    ['moving a domain in the tree', () => uncached.patch(`${V1}/domains/revenue`, { parent: null }, PATCH)],
    ['deleting a metric', () => uncached.delete(`${V1}/metrics/arr`)],
    ['restoring a metric', () => uncached.post(`${V1}/metrics/arr/restore`)],
    ['deleting a domain and moving its documents', () => uncached.delete(`${V1}/domains/revenue?move_to=company`)],
    [
      'a bulk write',
      () =>
        uncached.post(`${V1}/domains/bulk?mode=upsert`, {
          items: [domain('sales'), domain('company', { name: 'New name' })],
        }),
    ],
    ['reverting a metric', () => uncached.post(`${V1}/metrics/arr/revert`, { version: 1 })],
    [
      'UPDATE of a document in psql',
      () => psql.query(`UPDATE metrics SET data = data || '{"owner": "By hand"}' WHERE key = 'mrr'`),
    ],
    [
      'INSERT of a revision in psql',
      () =>
        psql.query(`INSERT INTO revisions (resource, document_id, key, version, change, actor, request_id,
         changed_fields, breaking, data, created_at)
       SELECT 'metrics', id, key, 99, 'updated', 'psql', 'psql', '{}', false, data, now()
       FROM metrics WHERE key = 'arr'`),
    ],
    ['UPDATE of a foreign key in psql', () => psql.query(`UPDATE metrics SET domain_id = NULL WHERE key = 'arr'`)],
    ['DELETE in psql', () => psql.query(`DELETE FROM objectives`)],
    ['TRUNCATE in psql', () => psql.query(`TRUNCATE metrics`)],
  ];

  // In order: each write depends on the earlier ones.
  it.each(writes)('after %s', async (_, write) => {
    for (const url of urls) for (let round = 0; round < 2; round++) await cached.get(url);
    const result = await write();
    expect((result as Partial<TestResponse>).status ?? 200).toBeLessThan(300);
    for (const url of urls) {
      const expected = comparable(await uncached.get(url));
      expect([url, comparable(await cached.get(url))]).toEqual([url, expected]);
      const again = await cached.get(url);
      expect([url, comparable(again)]).toEqual([url, expected]);
      if (expected.status === 200) expect([url, again.headers['x-cache']]).toEqual([url, 'HIT']);
    }
  });
});

/** The same requests for every generated TypeScript client. */

export interface Metric {
  metric_id: string;
  version: number;
  owner?: string;
  short_name?: string;
  status?: string;
}

export interface Page {
  data: Metric[];
  pagination: { nextCursor: string | null; total?: number };
}

/** A response: with a metric, or a problem. */
export interface Outcome {
  status: number;
  etag: string | null;
  metric?: Metric | undefined;
  code?: string | undefined;
}

export type ListQuery = { limit: number; page?: number; cursor?: string; sort?: ['metric_id']; tags?: ['core', 'kpi'] };

/** A generated client, as little adapted as possible. */
export interface Client {
  list: (query: ListQuery) => Promise<Page>;
  create: (metric: typeof METRIC) => Promise<Outcome>;
  read: (key: string) => Promise<Outcome>;
  patch: (key: string, etag: string) => Promise<Outcome>;
  activate: (key: string) => Promise<Outcome>;
  remove: (key: string) => Promise<Outcome>;
}

export interface Service {
  baseUrl: string;
  token: string;
}

/** The patch that every client sends: null removes a member. */
export const PATCH = { owner: 'Sales', short_name: null };

const METRIC = {
  metric_id: `generated-client-${Date.now()}`,
  name: 'Generated client',
  short_name: 'GC',
  description: 'Counts nothing.',
  owner: 'Finance',
  business_domain: 'revenue',
  unit: '1',
  formula: { expression: 'count(*)', language: 'sql' as const },
};

declare const process: { argv: string[]; exitCode?: number };

function expect(what: string, actual: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`);
}

async function run(client: Client): Promise<void> {
  const { metric_id: key } = METRIC;
  const { data, pagination } = await client.list({ page: 2, limit: 2, sort: ['metric_id'] });
  expect('the number of metrics on a page', data.length, 2);
  const filtered = await client.list({ page: 1, limit: 2, tags: ['core', 'kpi'] });
  expect('the type of the total', typeof filtered.pagination.total, 'number');

  const keys = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await client.list({ limit: 100, cursor });
    for (const { metric_id } of page.data) keys.add(metric_id);
    cursor = page.pagination.nextCursor;
  }
  expect('the number of metrics by cursor', keys.size, pagination.total);

  const created = await client.create(METRIC);
  expect('create', [created.status, created.metric?.metric_id, created.metric?.version], [201, key, 1]);
  const read = await client.read(key);
  expect('read', [read.status, read.metric?.short_name, read.etag], [200, 'GC', created.etag]);
  const etag = read.etag ?? '';
  expect('an ETag', etag !== '', true);
  const { status, metric } = await client.patch(key, etag);
  expect('patch', [status, metric?.version, metric?.owner, metric?.short_name], [200, 2, 'Sales', undefined]);
  const outdated = await client.patch(key, etag);
  expect('an outdated patch', [outdated.status, outdated.code], [412, 'precondition_failed']);
  const active = await client.activate(key);
  expect('transition', [active.status, active.metric?.status], [200, 'active']);
  expect('delete', (await client.remove(key)).status, 204);
  const gone = await client.read(key);
  expect('read after delete', [gone.status, gone.code], [404, 'not_found']);
}

/** Runs the scenario: `node adapter.js <address> <token>`. */
export function runScenario(connect: (service: Service) => Client): void {
  const [, , baseUrl = '', token = ''] = process.argv;
  run(connect({ baseUrl, token })).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

/**
 * `npm run smoke` uses every method of the TypeScript client once, on a new service or on the service of BASE_URL. It
 * deletes all documents that it creates.
 */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { MdlClient, ProblemError } from '../clients/typescript/src/index.ts';
import { givenTarget, startTarget } from './load-target.ts';
import { main, step } from './script.ts';

const run = Date.now().toString(36);
const [domain, metric, objective] = [`smoke-${run}`, `smoke-${run}`, `SMOKE-${run}`];

/** Expects a problem with this code. */
const refuses = (promise: Promise<unknown>, code: ProblemError['code']) =>
  rejects(promise, (error) => error instanceof ProblemError && error.code === code);

async function create({ domains, metrics, objectives }: MdlClient): Promise<string> {
  await domains.create({ domain_id: domain, name: 'Smoke' });
  await metrics.create({ metric_id: metric, name: 'Smoke', business_domain: domain });
  await objectives.put(
    objective,
    {
      name: 'Smoke',
      timeframe: { start: '2026-01-01', end: '2026-12-31' },
      key_results: [{ kr_id: 'KR-1', name: 'Smoke', metric_ids: [metric], target: 1 }],
    },
    { create: true },
  );
  await refuses(metrics.create({ metric_id: metric, name: 'Again' }), 'already_exists');
  return 'one document of each resource created';
}

async function list({ metrics }: MdlClient): Promise<string> {
  const { pagination } = await metrics.page({ limit: 1 });
  ok('total' in pagination);
  const keys = new Set<string>();
  for await (const { metric_id } of metrics.list({ limit: 100, fields: ['name'] })) keys.add(metric_id);
  equal(keys.size, pagination.total);
  ok(keys.has(metric));
  return `${keys.size} metrics listed by cursor`;
}

async function write({ metrics }: MdlClient, other: MdlClient): Promise<string> {
  await metrics.get(metric);
  equal((await other.metrics.get(metric)).version, 1);
  await metrics.patch(metric, { description: 'Counts nothing.', owner: 'Smoke' });
  await refuses(other.metrics.patch(metric, { owner: 'Late' }), 'precondition_failed');
  const formula = { expression: 'count(*)', language: 'sql' as const };
  await metrics.patch(metric, { unit: '1', formula });
  return 'updated with If-Match; an outdated update is refused';
}

async function steps(client: MdlClient): Promise<string> {
  equal((await client.transition(metric, { to: 'active' })).status, 'active');
  await client.http.PATCH('/api/v1/objectives/{key}/key-results/{kr_id}', {
    params: { path: { key: objective, kr_id: 'KR-1' } },
    body: { current: 1 },
  });
  equal((await client.objectives.get(objective)).progress, 1);
  equal((await client.domains.revert(domain, 1)).name, 'Smoke');
  return 'status transition, check-in and revert';
}

async function remove({ domains, metrics, objectives }: MdlClient): Promise<string> {
  await refuses(domains.delete(domain), 'in_use');
  await objectives.delete(objective);
  await metrics.delete(metric);
  await refuses(metrics.get(metric), 'not_found');
  equal((await metrics.restore(metric)).metric_id, metric);
  await metrics.delete(metric);
  await domains.delete(domain);
  return 'deleted and restored';
}

await main('npm run smoke', async () => {
  const given = process.env['BASE_URL'] ?? '';
  const { address, key } = given === '' ? await startTarget() : await givenTarget(given, process.env['MDL_KEY'] ?? '');
  const [client, other] = [1, 2].map(() => new MdlClient({ baseUrl: address, ...(key && { token: key }) }));
  if (!client || !other) return 1;
  await step(async () => {
    const { data } = await client.http.GET('/health/ready');
    deepEqual(data?.status, 'ok');
    return 'ready';
  });
  for (const part of [create, list, write, steps, remove]) await step(() => part(client, other));
  console.log('\nThe service works.');
  return 0;
});

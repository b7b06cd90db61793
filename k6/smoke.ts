import { check } from 'k6';
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { bodyOf, send } from './client.ts';

/** One user, each endpoint of openapi.json once. What it writes it deletes; the user that it makes is disabled, as users are never deleted. */
export const options: Options = {
  vus: 1,
  iterations: 1,
  thresholds: { checks: ['rate==1'], http_req_failed: ['rate==0'] },
};

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Paths = Record<string, Partial<Record<Method, object>>>;

const { paths } = JSON.parse(open('../openapi.json')) as { paths: Paths };
const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);
/** They are there where AUTH_LOCAL is on. */
const OF_ACCOUNTS = /\/api\/v1\/(users|auth\/(login|refresh|logout|change-password))/;
const PATCH = { 'content-type': 'application/merge-patch+json' };
const called = new Set<string>();

/** Calls an endpoint by the name it has in the contract; what stands in braces comes from `parameters`. */
function call(
  endpoint: string,
  parameters: Record<string, string> = {},
  body?: unknown,
  more: Record<string, string> = {},
) {
  const [method = '', template = ''] = endpoint.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '') + (parameters.query ?? '');
  called.add(endpoint);
  const headers = { ...(method === 'PATCH' && PATCH), ...more };
  const answer = send({ name: endpoint, method, path, headers, read: true, ...(body !== undefined && { body }) });
  if (answer.status >= 300 || answer.status === 0)
    console.error(`${endpoint}: ${answer.status} ${answer.error} ${answer.body as string}`);
  return answer;
}

/** Everything that is written to a document, from its first version to its deletion. */
function liveOf(collection: string, document: object, inBetween: (item: string) => void = () => undefined): void {
  const path = `/api/v1/${collection}`;
  const item = `${path}/{key}`;
  const key = keyOf(collection);
  call(`POST ${path}`, {}, document);
  call(`PUT ${item}`, { key }, document, { 'if-match': '*' });
  call(`PATCH ${item}`, { key }, { name: 'Smoke, changed' });
  inBetween(item);
  call(`POST ${item}/revert`, { key }, { version: 1 });
  call(`POST ${path}/bulk`, { query: '?mode=upsert' }, { items: [document] });
  call(`DELETE ${item}`, { key });
  call(`POST ${item}/restore`, { key });
}

/** From the first sign-in to the last sign-out. */
function liveOfUser(name: string): void {
  const password = (text: string) => `${text} kudzu panel oxide ${started}`;
  call('POST /api/v1/users', {}, { name, role: 'viewer', password: password('first') });
  const signIn = call('POST /api/v1/auth/login', {}, { name, password: password('first') });
  const first = bodyOf<{ refresh_token: string }>(signIn);
  const next = call('POST /api/v1/auth/refresh', {}, { refresh_token: first.refresh_token });
  const { access_token, refresh_token } = bodyOf<{ access_token: string; refresh_token: string }>(next);
  call(
    'POST /api/v1/auth/change-password',
    {},
    { current_password: password('first'), new_password: password('second') },
    { authorization: `Bearer ${access_token}` },
  );
  call('POST /api/v1/auth/logout', {}, { refresh_token });
  call('PATCH /api/v1/users/{name}', { name }, { disabled: true });
}

const expected = (hasAccounts: boolean) => endpoints.filter((endpoint) => hasAccounts || !OF_ACCOUNTS.test(endpoint));
const started = Date.now().toString(36);
const keyOf = (collection: string) =>
  `load-smoke-${collection}-${started}-${exec.vu.idInTest}-${exec.vu.iterationInInstance}`;
const collectionOf = (path: string) => path.split('/')[3] ?? '';

export default function (): void {
  const domain = keyOf('domains');
  const name = keyOf('user');
  const metric = keyOf('metrics');
  const key = metric;
  liveOf('domains', { domain_id: domain, name: 'Smoke' });
  const definition = { metric_id: key, name: 'Smoke', description: 'Counts nothing.', owner: 'Load test', unit: '1' };
  const formula = { expression: 'count(*)', language: 'sql' };
  liveOf('metrics', { ...definition, business_domain: domain, formula }, (item) => {
    call(`POST ${item}/transitions`, { key }, { to: 'active' });
    call(`POST ${item}/transitions`, { key }, { to: 'deprecated', reason: 'Smoke test.' });
    call(`POST ${item}/transitions`, { key }, { to: 'archived' });
    call(`POST ${item}/transitions`, { key }, { to: 'draft' });
  });
  const result = { kr_id: 'KR-1', name: 'It runs', metric_ids: [metric], target: 1 };
  liveOf(
    'objectives',
    { objective_id: keyOf('objectives'), name: 'Smoke', domain_id: domain, key_results: [result] },
    (item) => call(`PATCH ${item}/key-results/{kr_id}`, { key: keyOf('objectives'), kr_id: 'KR-1' }, { current: 1 }),
  );

  const apiKey = call('POST /api/v1/api-keys', {}, { name: 'load smoke', role: 'viewer' });
  const { id = '' } = apiKey.status === 201 ? bodyOf<{ id: string }>(apiKey) : {};
  call('DELETE /api/v1/api-keys/{id}', { id });
  call('POST /api/cache/flush');

  const hasAccounts = send({ name: 'has accounts', path: '/api/v1/users', expect: [200, 404] }).status === 200;
  if (hasAccounts) liveOfUser(name);

  for (const endpoint of expected(hasAccounts).filter((one) => one.startsWith('GET ')))
    call(endpoint, { key: keyOf(collectionOf(endpoint)), version: '1', name });

  for (const collection of ['objectives', 'metrics', 'domains'])
    call(`DELETE /api/v1/${collection}/{key}`, { key: keyOf(collection) });

  const missing = expected(hasAccounts).filter((endpoint) => !called.has(endpoint));
  if (!check(missing, { 'every endpoint of openapi.json is called': ({ length }) => length === 0 }))
    exec.test.fail(`not called: ${missing.join(', ')}`);
}

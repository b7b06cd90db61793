import { check } from 'k6';
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { bodyOf, send } from './client.ts';
import { collections, endpoints, exampleDocument } from './contract.ts';

/**
 * One user calls each endpoint of openapi.json once. All documents are deleted; the user is disabled, as users cannot
 * be deleted.
 */
export const options: Options = {
  vus: 1,
  iterations: 1,
  thresholds: { checks: ['rate==1'], http_req_failed: ['rate==0'] },
};

/** These endpoints exist only with AUTH_LOCAL. */
const ACCOUNTS = /\/api\/v1\/(users|auth\/(login|refresh|logout|change-password))/;
const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' };
const called = new Set<string>();

/** Calls an endpoint by its name in the contract. `parameters` has the values of its path parameters. */
function call(
  endpoint: string,
  parameters: Record<string, string> = {},
  body?: unknown,
  more: Record<string, string> = {},
) {
  const [method = '', template = ''] = endpoint.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '') + (parameters.query ?? '');
  called.add(endpoint);
  const headers = { ...(method === 'PATCH' && MERGE_PATCH), ...more };
  const response = send({ name: endpoint, method, path, headers, read: true, ...(body !== undefined && { body }) });
  if (response.status >= 300 || response.status === 0)
    console.error(`${endpoint}: ${response.status} ${response.error} ${response.body as string}`);
  return response;
}

/** Routes that only one collection has, with the item as their document. */
const special: Record<string, (item: string, key: string) => void> = {
  '/api/v1/metrics': (item, key) => {
    const formula = { expression: 'count(*)', language: 'sql' };
    const complete = { description: 'Counts nothing.', owner: 'Load test', unit: '1', formula };
    call(`PATCH ${item}`, { key }, { ...complete, business_domain: keyIn('/api/v1/domains') });
    call(`POST ${item}/transitions`, { key }, { to: 'active' });
    call(`POST ${item}/transitions`, { key }, { to: 'deprecated', reason: 'Smoke test.' });
    call(`POST ${item}/transitions`, { key }, { to: 'archived' });
    call(`POST ${item}/transitions`, { key }, { to: 'draft' });
  },
  '/api/v1/objectives': (item, key) => {
    const [keyResult = { kr_id: '' }] = exampleDocument('/api/v1/objectives', key).key_results as { kr_id: string }[];
    call(`PATCH ${item}/key-results/{kr_id}`, { key, kr_id: keyResult.kr_id }, { current: 1 });
  },
};

/** Writes a document in all ways, from its creation to its restoration. */
function exerciseDocument(collection: string): void {
  const item = `${collection}/{key}`;
  const key = keyIn(collection);
  const document = exampleDocument(collection, key);
  call(`POST ${collection}`, {}, document);
  call(`PUT ${item}`, { key }, document, { 'if-match': '*' });
  call(`PATCH ${item}`, { key }, { name: 'Smoke, changed' });
  special[collection]?.(item, key);
  call(`POST ${item}/revert`, { key }, { version: 1 });
  call(`POST ${collection}/bulk`, { query: '?mode=upsert' }, { items: [document] });
  call(`DELETE ${item}`, { key });
  call(`POST ${item}/restore`, { key });
}

/** Creates a user, signs in, refreshes the session, changes the password, signs out and disables the user. */
function exerciseUser(name: string): void {
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
  const bearer = { authorization: `Bearer ${access_token}` };
  call('POST /api/v1/auth/login', {}, { name, password: password('second') });
  const listed = call('GET /api/v1/auth/sessions', {}, undefined, bearer);
  const sessions = listed.status === 200 ? bodyOf<{ data: { id: string; current: boolean }[] }>(listed).data : [];
  const other = sessions.find(({ current }) => !current)?.id ?? '';
  call('DELETE /api/v1/auth/sessions/{id}', { id: other }, undefined, bearer);
  call('POST /api/v1/auth/logout', {}, { refresh_token });
  call('PATCH /api/v1/users/{name}', { name }, { disabled: true });
}

/** Imports a metric from a new source. @returns the id of the import */
function exerciseImport(): string {
  const [source, metrics] = [keyIn('/api/v1/sources'), '/api/v1/metrics'];
  call('PUT /api/v1/sources/{key}', { key: source }, { format: 'mdl' });
  const query = `?source=${source}`;
  return bodyOf<{ id: string }>(call('POST /api/v1/imports', { query }, exampleDocument(metrics, keyIn(metrics)))).id;
}

const started = Date.now().toString(36);
const uniqueName = (kind: string) => `load-smoke-${kind}-${started}-${exec.vu.idInTest}-${exec.vu.iterationInInstance}`;
const collectionName = (path: string) => path.split('/')[3] ?? '';
const keyIn = (path: string) => uniqueName(collectionName(path));

export default function (): void {
  for (const collection of collections) exerciseDocument(collection);
  const importId = exerciseImport();

  const apiKey = call('POST /api/v1/api-keys', {}, { name: 'load smoke', role: 'viewer' });
  const { id = '' } = apiKey.status === 201 ? bodyOf<{ id: string }>(apiKey) : {};
  call('DELETE /api/v1/api-keys/{id}', { id });
  call('POST /api/cache/flush');

  const name = uniqueName('user');
  const hasAccounts = send({ name: 'has accounts', path: '/api/v1/users', expect: [200, 404] }).status === 200;
  if (hasAccounts) exerciseUser(name);
  const expected = endpoints.filter((endpoint) => hasAccounts || !ACCOUNTS.test(endpoint));

  for (const endpoint of expected.filter((one) => one.startsWith('GET ')))
    call(endpoint, { key: keyIn(endpoint), version: '1', name, id: importId });

  call('DELETE /api/v1/sources/{key}', { key: keyIn('/api/v1/sources') });
  // The last collections refer to the first ones.
  for (const collection of collections.toReversed()) call(`DELETE ${collection}/{key}`, { key: keyIn(collection) });

  const missing = expected.filter((endpoint) => !called.has(endpoint));
  if (!check(missing, { 'every endpoint of openapi.json is called': ({ length }) => length === 0 }))
    exec.test.fail(`not called: ${missing.join(', ')}`);
}

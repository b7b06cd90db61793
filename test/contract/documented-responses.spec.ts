import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { ImportsController } from '../../src/exchange/http/imports.controller';
import { Imports } from '../../src/exchange/import/imports';
import { COMMON_PROBLEMS } from '../../src/problems/problem-documentation';
import { Drain } from '../../src/shutdown/drain';
import { TestApp } from '../support/app';
import { codesOf } from './openapi';
import { testResourceResponses } from './resource-responses';
import { RESOURCES } from './resources';
import { ResponseChecker } from './response-checker';

const ACTIVE_METRIC = {
  description: 'Meaning.',
  owner: 'Team',
  business_domain: 'live',
  unit: 'USD',
  formula: { expression: 'sum(x)' },
};

describe('documented responses', () => {
  let app: TestApp;
  let checker: ResponseChecker;
  const call: ResponseChecker['call'] = (...parameters) => checker.call(...parameters);

  beforeAll(async () => {
    app = await TestApp.start({ BULK_BODY_LIMIT_BYTES: '10000', BODY_LIMIT_BYTES: '5000' });
    checker = new ResponseChecker(app);
    await checker.start();
  });
  afterAll(async () => {
    await checker.stop();
    await app.stop();
  });

  test('liveness and readiness', async () => {
    for (const operation of ['readRoot', 'checkHealth', 'checkLiveness', 'checkReadiness', 'readHealth']) {
      await call(operation, '200');
      await call(operation, '400 invalid_parameter', { query: 'x=1' });
    }
  });

  describe.each(RESOURCES)('%s', (name) => testResourceResponses(name, () => ({ app, checker })));

  test('the lifecycle of a metric', async () => {
    const step = 'transitionMetric';
    await call('createMetric', '201', { body: { metric_id: 'ready', name: 'Ready', ...ACTIVE_METRIC } });
    await call('createMetric', '201', {
      body: { metric_id: 'referrer-of-ready', name: 'x', ...ACTIVE_METRIC, depends_on: ['ready'] },
    });
    await call(step, '200', { key: 'ready', body: { to: 'active' } });
    await call(step, '200', { key: 'referrer-of-ready', body: { to: 'active' } });
    await call(step, '200', { key: 'ready', body: { to: 'deprecated', reason: 'Replaced.' } });
    await call(step, '409 in_use', { key: 'ready', body: { to: 'archived' } });
    await call(step, '409 invalid_transition', { key: 'ready', body: { to: 'draft' } });
    await call(step, '422 gate_refused', { body: { to: 'active' } });
    await call(step, '422 unknown_field', { body: { to: 'active', x: 1 } });
    await checker.refuseBodies(step, { body: { to: 'active' } });
    await checker.refuseKeysAndTags(step, { body: { to: 'active' } });
    await checker.refuseIdempotencyKeys(step, { body: { to: 'active' } });
  });

  test('a check-in of a key result', async () => {
    await call('checkInKeyResult', '200', { body: { current: 5, note: 'October' } });
    await call('checkInKeyResult', '422 unknown_field', { body: { current: 5, x: 1 } });
    await checker.refuseBodies('checkInKeyResult', { body: { current: 5 } });
    await checker.refuseKeysAndTags('checkInKeyResult', { body: { current: 5 } });
  });

  test('what belongs to a domain', async () => {
    await call('patchObjective', '200', { body: { domain_id: 'live' } });
    for (const operation of ['listDomainMetrics', 'listDomainObjectives']) {
      const { body } = (await call(operation, '200', { query: 'cursor=' })) as { body: { data: unknown[] } };
      expect(body.data.length).toBeGreaterThan(0);
      await call(operation, '200');
      await call(operation, '400 invalid_parameter', { query: 'page=0' });
      await call(operation, '400 invalid_cursor', { query: 'cursor=x' });
      const cursor = await cursorOf(operation.includes('Metrics') ? 'listMetrics' : 'listObjectives');
      await call(operation, '400 cursor_mismatch', { query: `cursor=${cursor}` });
      await call(operation, '400 page_too_deep', { query: 'page=201' });
      await call(operation, '404 not_found', { key: 'unknown' });
    }
  });

  const cursorOf = async (list: string): Promise<string> => {
    const { body } = (await call(list, '200', { query: 'cursor=&limit=1' })) as {
      body: { pagination: { nextCursor: string } };
    };
    return body.pagination.nextCursor;
  };

  test('what the instance measures of itself', async () => {
    for (const operation of ['scrapeMetrics', 'readRuntimeSummary']) {
      await call(operation, '200');
      await call(operation, '400 invalid_parameter', { query: 'x=1' });
    }
  });

  test('the cache of the instance', async () => {
    await call('readCacheStatistics', '200');
    await call('readCacheStatistics', '400 invalid_parameter', { query: 'x=1' });
    await call('flushCache', '200');
    await call('flushCache', '400 invalid_parameter', { query: 'x=1' });
    await call('flushCache', '400 invalid_header', { headers: { 'idempotency-key': '' } });
    await checker.refuseIdempotencyKeys('flushCache', {});
  });

  test('the keys of programs', async () => {
    const key = { name: 'Nightly export', role: 'viewer' };
    const { body } = (await call('createApiKey', '201', { body: key })) as { body: { id: string } };
    await call('createApiKey', '201', { body: { ...key, expires_at: '2100-01-01T00:00:00Z' } });
    await checker.refuseBodies('createApiKey', { body: key }, 'idempotency-key');
    await call('createApiKey', '422 unknown_field', { body: { ...key, x: 1 } });
    await call('listApiKeys', '400 invalid_parameter', { query: 'x=1' });
    const parameters = { id: body.id };
    await call('revokeApiKey', '400 invalid_parameter', { parameters, query: 'x=1' });
    await call('revokeApiKey', '204', { parameters });
    await call('revokeApiKey', '404 not_found', { parameters });
    await call('listApiKeys', '200');
  });

  describe('accounts', () => {
    const name = 'ada@example.com';
    const password = 'three llamas cross at noon';
    const signIn = async () =>
      (await call('signIn', '200', { body: { name, password } })).body as Record<
        'access_token' | 'refresh_token',
        string
      >;
    const as = ({ access_token }: { access_token: string }) => ({ authorization: `Bearer ${access_token}` });

    test('their making and changing', async () => {
      const body = { name, role: 'editor', password };
      await call('createUser', '201', { body });
      await call('createUser', '409 conflict', { body });
      await checker.refuseBodies('createUser', { body }, 'idempotency-key');
      await call('createUser', '422 unknown_field', { body: { ...body, x: 1 } });
      await call('createUser', '422 invalid_document', { body: { ...body, password: 'password1234' } });
      await call('listUsers', '200');
      await call('listUsers', '400 invalid_parameter', { query: 'x=1' });
      for (const [operation, request] of [
        ['readUser', {}],
        ['patchUser', { body: { role: 'viewer' } }],
      ] as const) {
        await call(operation, '200', request);
        await call(operation, '400 invalid_parameter', { ...request, query: 'x=1' });
        await call(operation, '404 not_found', { ...request, parameters: { name: 'unknown' } });
      }
      await checker.refuseBodies('patchUser', { body: { role: 'viewer' } }, null);
      await call('patchUser', '422 unknown_field', { body: { x: 1 } });
    });

    test('signing in and out', async () => {
      const { refresh_token } = await signIn();
      const body = { refresh_token };
      for (const [operation, good] of [
        ['signIn', { name, password }],
        ['refreshTokens', body],
        ['signOut', body],
      ] as const) {
        await checker.refuseBodies(operation, { body: good }, 'idempotency-key');
        await call(operation, '422 unknown_field', { body: { ...good, x: 1 } });
      }
      await call('signIn', '401 unauthenticated', { body: { name, password: 'another' } });
      const next = (await call('refreshTokens', '200', { body })).body as typeof body;
      await call('signOut', '204', { body: { refresh_token: next.refresh_token } });
      await call('signOut', '204', { body: { refresh_token: 'unknown' } });
      await call('refreshTokens', '401 unauthenticated', { body: { refresh_token: next.refresh_token } });
    });

    test('the own sessions', async () => {
      const headers = as(await signIn());
      const { data } = (await call('listSessions', '200', { headers })).body as { data: { id: string }[] };
      await call('listSessions', '400 invalid_parameter', { headers, query: 'x=1' });
      const parameters = { id: data[0]?.id ?? '' };
      await call('endSession', '400 invalid_parameter', { headers, parameters, query: 'x=1' });
      await call('endSession', '404 not_found', { headers, parameters: { id: 'unknown' } });
      await call('endSession', '204', { headers, parameters });
    });

    test('the own name and password', async () => {
      const headers = as(await signIn());
      expect((await call('readPrincipal', '200', { headers })).body).toEqual({ actor: `user:${name}`, role: 'viewer' });
      await call('readPrincipal', '400 invalid_parameter', { headers, query: 'x=1' });
      const body = { current_password: password, new_password: 'kudzu panel oxide' };
      await checker.refuseBodies('changePassword', { body, headers }, 'idempotency-key');
      await call('changePassword', '422 unknown_field', { body: { ...body, x: 1 }, headers });
      const wrong = { ...body, current_password: 'another' };
      await call('changePassword', '422 invalid_document', { body: wrong, headers });
      await call('changePassword', '204', { body, headers });
    });
  });

  test('the audit log', async () => {
    const { body } = await call('listAuditEntries', '200', { query: 'limit=1' });
    await call('listAuditEntries', '400 invalid_parameter', { query: 'page=1' });
    await call('listAuditEntries', '400 invalid_cursor', { query: 'cursor=x' });
    const cursor = String((body as { pagination: { nextCursor: string } }).pagination.nextCursor);
    await call('listAuditEntries', '400 cursor_mismatch', { query: `cursor=${cursor}&actor=somebody` });
  });

  test('imports and their sources', async () => {
    const ndjson = { 'content-type': 'application/x-ndjson' };
    const body = '{"domain_id":"imported","name":"Imported"}\n';
    const good = { body, headers: ndjson };
    const { body: imported } = (await call('createImport', '200', good)) as { body: { id: string } };
    const refused = { body: `${body}{"metric_id":"x"}\n`, headers: ndjson };
    await call('createImport', '422 import_refused', refused);
    await call('createImport', '207', { ...refused, query: 'atomic=false' });
    await call('createImport', '400 invalid_parameter', { ...good, query: 'x=1' });
    await call('createImport', '400 malformed_json', { ...good, body: '' });
    await call('createImport', '400 invalid_header', { ...good, headers: { ...ndjson, 'idempotency-key': 'a b' } });
    await call('createImport', '413 payload_too_large', { ...good, body: Buffer.alloc(50 * 1024 * 1024 + 1) });
    await call('createImport', '415 unsupported_media_type', { ...good, headers: { 'content-type': 'image/png' } });
    for (const [key, outcome] of [
      ['busy', '409 idempotency_in_progress'],
      ['used', '422 idempotency_key_reused'],
    ] as const)
      await call('createImport', outcome, { ...good, headers: { ...ndjson, 'idempotency-key': key } });
    Object.assign(app.app.get(ImportsController), { waitMs: 1 });
    const slow = { id: imported.id, ended: new Promise<never>(() => undefined) };
    jest.spyOn(app.app.get(Imports), 'start').mockResolvedValueOnce(slow);
    await call('createImport', '202', good);
    for (const operation of ['listImports', 'listSources']) {
      await call(operation, '200');
      await call(operation, '400 invalid_parameter', { query: 'x=1' });
    }
    await call('readImport', '200', { parameters: imported });
    await call('readImport', '400 invalid_parameter', { parameters: imported, query: 'x=1' });
    await call('readImport', '404 not_found');
    await call('putSource', '201', { body: { prune: 'flag' } });
    await call('putSource', '200', { body: {} });
    await call('putSource', '422 unknown_field', { body: { x: 1 } });
    await checker.refuseBodies('putSource', { body: {} }, null);
    await call('readSource', '200');
    await call('readSource', '400 invalid_parameter', { query: 'x=1' });
    await call('readSource', '404 not_found', { key: 'unknown' });
    await app.sql(
      `INSERT INTO imports (id, source, options, state, actor) VALUES (gen_random_uuid(), 'live', '{}', 'running', 'x')`,
    );
    await call('createImport', '409 import_in_progress', { ...good, query: 'source=live' });
    await call('deleteSource', '409 import_in_progress');
    await app.sql(`DELETE FROM imports WHERE source = 'live'`);
    await call('deleteSource', '400 invalid_parameter', { query: 'x=1' });
    await call('deleteSource', '204');
    await call('deleteSource', '404 not_found');
  });

  test('missing credentials and missing permissions', async () => {
    const operations = [...checker.operations.values()];
    const open = operations.filter(({ security }) => security.length === 0);
    expect(open.map(({ operationId }) => operationId).sort()).toEqual([
      'checkHealth',
      'checkLiveness',
      'checkReadiness',
      'readHealth',
      'readRoot',
      'refreshTokens',
      'signIn',
      'signOut',
    ]);
    const { key } = await app.app.get(ApiKeys).create({ name: 'Reader', role: 'viewer' }, 'test');
    // A viewer can change a password, but an API key has none.
    const password = { current_password: 'x', new_password: 'kudzu panel oxide' };
    for (const operation of operations.filter((one) => !open.includes(one)))
      await checker.refuseCredentials(
        operation,
        key,
        operation.operationId === 'changePassword' ? password : undefined,
      );
  });

  test('304 of every cached route', async () => {
    const cached = [...checker.operations.values()].filter(({ responses }) => responses['304']);
    expect(cached.length).toBeGreaterThan(15);
    for (const operation of cached) await checker.revalidate(operation);
  });

  test('readiness while the service stops', async () => {
    await app.app.get(Drain).begin(0);
    await call('checkHealth', '503 not_ready');
    await call('checkReadiness', '503 not_ready');
    await call('readHealth', '503 not_ready');
  });

  test('the problems that every route can return', () => {
    for (const operation of checker.operations.values()) {
      const missing = COMMON_PROBLEMS.filter((code) => !codesOf(operation).includes(code));
      expect([operation.path, missing]).toEqual([
        operation.path,
        operation.path.startsWith('/health') ? ['rate_limited'] : [],
      ]);
    }
  });

  test('every documented status and problem was received, and no other', () => checker.expectComplete());
});

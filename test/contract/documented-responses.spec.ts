import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { Client } from 'pg';
import { createOpenApi } from '../../src/app.openapi';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import type { DocumentDefinition } from '../../src/documents/definition/document-definition';
import { DocumentStores } from '../../src/documents/document-stores';
import { Drain } from '../../src/shutdown/drain';
import { type Answer, TestApp } from '../support/app';
import { codesOf, type OpenApi, type Operation, operationsOf } from './openapi';
import { expectProblem } from './problems';
import { exampleDocument, referringTo, RESOURCES } from './resources';

interface Call {
  key?: string;
  parameters?: Record<string, string>;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

const ANY = { 'if-match': '*' };
const STALE = { 'if-match': '"99"' };
const READY = {
  description: 'Meaning.',
  owner: 'Team',
  business_domain: 'live',
  unit: 'USD',
  formula: { expression: 'sum(x)' },
};

describe('what is documented happens, and what happens is documented', () => {
  let app: TestApp;
  let document: OpenApi;
  let operations: Map<string, Operation>;
  let busy: Client;
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats(ajv);
  /** `operation 200` or `operation 404 not_found`, as often as it was seen. */
  const seen = new Set<string>();

  beforeAll(async () => {
    app = await TestApp.start({ BULK_BODY_LIMIT_BYTES: '10000', BODY_LIMIT_BYTES: '5000' });
    document = JSON.parse(JSON.stringify(createOpenApi(app.app))) as OpenApi;
    operations = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
    // The members of the document around its schemas are no keywords of JSON Schema.
    ajv.addVocabulary(['example', ...Object.keys(document)]);
    ajv.addSchema(closed(document), 'openapi');
    busy = new Client({ connectionString: app.database.url });
    await busy.connect();
    await busy.query(`SELECT pg_advisory_lock(hashtextextended('idempotency anonymous busy', 0))`);
  });
  afterAll(async () => {
    await busy.end();
    await app.stop();
  });

  /** Calls an operation and checks that its answer is the one expected and is as documented. */
  async function call(operationId: string, outcome: string, request: Call = {}): Promise<Answer> {
    const operation = operations.get(operationId);
    if (!operation) throw new Error(`There is no operation ${operationId}.`);
    const parameters: Record<string, string> = {
      key: request.key ?? 'live',
      version: '1',
      kr_id: 'KR-1',
      id: '000000000000',
      name: 'ada@example.com',
      ...request.parameters,
    };
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '');
    const answer = await app.send(operation.method, `${path}${request.query ? `?${request.query}` : ''}`, request);
    const found = answer.status < 400 ? String(answer.status) : `${answer.status} ${expectProblem(answer).code}`;
    expect(`${operationId} ${found} ${answer.text.slice(0, 500)}`).toBe(
      `${operationId} ${outcome} ${answer.text.slice(0, 500)}`,
    );
    expect(bodyFaults(operation, answer)).toEqual([]);
    seen.add(`${operationId} ${found}`);
    return answer;
  }

  /** What is wrong with the body of an answer by the schema of its documentation. */
  function bodyFaults(operation: Operation, { status, headers, body, text }: Answer): unknown[] {
    const response = operation.responses[status];
    if (!response) return [`${operation.operationId} does not document ${status}`];
    const [type] = headers['content-type']?.split(';') ?? [];
    if (!response.content) return text === '' ? [] : [`${operation.operationId} documents no body of ${status}`];
    if (type === undefined || !response.content[type]) return [`${operation.operationId} does not document ${type}`];
    if (type === 'application/x-ndjson' || type === 'text/plain') return [];
    const place = [
      'paths',
      operation.path,
      operation.method.toLowerCase(),
      'responses',
      status,
      'content',
      type,
      'schema',
    ];
    const pointer = place
      .map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validator = ajv.getSchema(`openapi#/${pointer}`) ?? ajv.compile({ $ref: `openapi#/${pointer}` });
    return validator(body) ? [] : (validator.errors ?? []);
  }

  /** Every way in which a body and the headers beside it can be wrong whatever the route. */
  async function refuseBodies(
    operation: string,
    request: Call,
    tag: 'if-match' | 'idempotency-key' | null = 'if-match',
  ) {
    const raw = (body: string | Buffer, headers = {}) => ({
      ...request,
      body,
      headers: { ...request.headers, ...headers },
    });
    await call(operation, '400 invalid_encoding', raw(Buffer.from([0x22, 0xff, 0x22])));
    await call(operation, '400 malformed_json', raw('{'));
    await call(operation, '400 duplicate_key', raw('{"a":1,"a":1}'));
    await call(operation, '400 forbidden_key', raw('{"constructor":1}'));
    await call(operation, '400 too_deep', raw('['.repeat(33) + ']'.repeat(33)));
    if (tag) await call(operation, '400 invalid_header', { ...request, headers: { ...request.headers, [tag]: 'a b' } });
    await call(operation, '400 invalid_parameter', { ...request, query: 'x=1' });
    await call(operation, '413 payload_too_large', raw(' '.repeat(20_000)));
    await call(operation, '415 unsupported_media_type', raw('a', { 'content-type': 'text/plain' }));
    await call(operation, '422 invalid_document', raw('[]'));
    await call(operation, '422 invalid_character', raw('{"name":"\\u0000"}'));
    await call(operation, '422 number_out_of_range', raw('{"a":1e400}'));
  }
  async function refuseIdempotencyKeys(operation: string, request: Call) {
    await call(operation, '409 idempotency_in_progress', { ...request, headers: { 'idempotency-key': 'busy' } });
    await call(operation, '422 idempotency_key_reused', { ...request, headers: { 'idempotency-key': 'used' } });
  }
  async function refuseKeysAndTags(operation: string, request: Call = {}) {
    await call(operation, '404 not_found', { ...request, key: 'nobody', headers: ANY });
    await call(operation, '412 precondition_failed', { ...request, headers: STALE });
  }

  test('liveness and readiness', async () => {
    for (const operation of ['health_live', 'health_ready', 'healthReport_report']) {
      await call(operation, '200');
      await call(operation, '400 invalid_parameter', { query: 'x=1' });
    }
  });

  describe.each(RESOURCES)('%s', (name) => {
    let definition: DocumentDefinition;
    beforeAll(() => {
      const store = app.app.get(DocumentStores).all.find(({ definition: { resource } }) => resource === name);
      if (!store) throw new Error(`The service has no store of ${name}.`);
      ({ definition } = store);
    });
    const documentOf = (key: string, changes?: object) => ({
      ...exampleDocument(name, 'required'),
      [definition.keyMember]: key,
      ...changes,
    });
    const refersTo = (key: string | null) => referringTo(definition, key);
    const op = (operation: string) => `${name}_${operation}`;
    const create = (key: string, changes?: object) => call(op('create'), '201', { body: documentOf(key, changes) });
    const remove = (key: string) => call(op('remove'), '204', { key });
    /** A document that names a key which does not exist yet. */
    const awaiting = (key: string, awaited: string) =>
      call(op('bulk'), '200', { query: 'refs=lenient', body: { items: [documentOf(key, refersTo(awaited))] } });

    test('create', async () => {
      await create('live');
      await create('deleted');
      await remove('deleted');
      await call(op('create'), '201', { body: documentOf('once'), headers: { 'idempotency-key': `used-${name}` } });
      if (name === RESOURCES[0])
        await call(op('create'), '201', { body: documentOf('x'), headers: { 'idempotency-key': 'used' } });
      await refuseBodies(op('create'), { body: documentOf('new') }, 'idempotency-key');
      await refuseIdempotencyKeys(op('create'), { body: documentOf('new') });
      await call(op('create'), '409 already_exists', { body: documentOf('LIVE') });
      await call(op('create'), '409 key_deleted', { body: documentOf('deleted') });
      await call(op('create'), '422 unknown_field', { body: documentOf('new', { x: 1 }) });
      await call(op('create'), '422 unknown_reference', { body: documentOf('new', refersTo('nobody')) });
      await awaiting('waits-for-creation', 'created-later');
      await call(op('create'), '422 cycle', { body: documentOf('created-later', refersTo('waits-for-creation')) });
    });

    test('list, export and count', async () => {
      await call(op('list'), '200');
      const { body } = (await call(op('list'), '200', { query: 'cursor=&limit=1&count=exact' })) as {
        body: { pagination: { nextCursor: string } };
      };
      await call(op('list'), '400 invalid_parameter', { query: 'page=1e3' });
      await call(op('list'), '400 invalid_cursor', { query: 'cursor=x' });
      await call(op('list'), '400 cursor_mismatch', { query: `sort=name&cursor=${body.pagination.nextCursor}` });
      await call(op('list'), '400 page_too_deep', { query: 'page=201' });
      expect((await call(op('export'), '200')).text).toMatch(/\n\{"count":\d+\}\n$/);
      await call(op('export'), '400 invalid_parameter', { query: 'page=1' });
      await call(op('stats'), '200');
      await call(op('stats'), '400 invalid_parameter', { query: 'page=1' });
    });

    test('read', async () => {
      await call(op('read'), '200');
      await call(op('read'), '400 invalid_parameter', { query: 'fields=x' });
      await call(op('read'), '404 not_found', { key: 'deleted' });
      await call(op('read'), '200', { key: 'deleted', query: 'include_deleted=true' });
    });

    test('replace', async () => {
      const body = documentOf('live');
      await create('user', refersTo('live'));
      await call(op('replace'), '200', { body: { ...body, name: 'Another' }, headers: ANY });
      await call(op('replace'), '201', { key: 'put', body: documentOf('put'), headers: { 'if-none-match': '*' } });
      await refuseBodies(op('replace'), { body, headers: ANY });
      await refuseKeysAndTags(op('replace'), { body });
      await call(op('replace'), '409 key_deleted', {
        key: 'deleted',
        body: documentOf('deleted'),
        headers: { 'if-none-match': '*' },
      });
      await call(op('replace'), '422 unknown_field', { body: { ...body, x: 1 }, headers: ANY });
      await call(op('replace'), '422 unknown_reference', { body: { ...body, ...refersTo('nobody') }, headers: ANY });
      await call(op('replace'), '422 cycle', { body: { ...body, ...refersTo('user') }, headers: ANY });
      await call(op('replace'), '428 precondition_required', { body });
    });

    test('patch', async () => {
      await call(op('patch'), '200', { body: { name: 'A third' } });
      await refuseBodies(op('patch'), { body: { name: 'x' } });
      await refuseKeysAndTags(op('patch'), { body: { name: 'x' } });
      await call(op('patch'), '422 unknown_field', { body: { x: 1 } });
      await call(op('patch'), '422 unknown_reference', { body: refersTo('nobody') });
      await call(op('patch'), '422 cycle', { body: refersTo('user') });
    });

    test('remove', async () => {
      await call(op('remove'), '400 invalid_header', { headers: { 'if-match': 'x' } });
      await call(op('remove'), '400 invalid_parameter', { query: 'x=1' });
      await refuseKeysAndTags(op('remove'));
      await call(op('remove'), '409 in_use');
    });

    test('restore', async () => {
      await call(op('restore'), '200', { key: 'deleted' });
      await remove('deleted');
      await call(op('restore'), '400 invalid_header', { headers: { 'if-match': 'x' } });
      await call(op('restore'), '400 invalid_parameter', { query: 'x=1' });
      await refuseKeysAndTags(op('restore'));
      await refuseIdempotencyKeys(op('restore'), { key: 'deleted' });
      await call(op('restore'), '409 not_deleted');
      await create('above');
      await create('below', refersTo('above'));
      await remove('below');
      await remove('above');
      await call(op('restore'), '422 unknown_reference', { key: 'below' });
      await create('in-between', refersTo('live'));
      await remove('in-between');
      await call(op('patch'), '200', { key: 'user', body: refersTo(null) });
      // A content from before there was the rule.
      await app.sql(`UPDATE ${name} SET data = data || $1 WHERE key = 'in-between'`, [
        JSON.stringify(refersTo('in-between')),
      ]);
      await call(op('restore'), '422 invalid_document', { key: 'in-between' });
      await create('circular', refersTo('live'));
      await remove('circular');
      await awaiting('closes-the-circle', 'circular');
      await app.sql(`UPDATE ${name} SET data = data || $1 WHERE key = 'circular'`, [
        JSON.stringify(refersTo('closes-the-circle')),
      ]);
      await call(op('restore'), '422 cycle', { key: 'circular' });
    });

    test('revisions', async () => {
      await call(op('revisions'), '200');
      const { body } = (await call(op('revisions'), '200', { query: 'limit=1' })) as {
        body: { pagination: { nextCursor: string } };
      };
      await call(op('revisions'), '200', { query: `cursor=${body.pagination.nextCursor}` });
      await call(op('revisions'), '400 invalid_parameter', { query: 'page=1' });
      await call(op('revisions'), '400 invalid_cursor', { query: 'cursor=x' });
      await call(op('revisions'), '400 cursor_mismatch', {
        key: 'user',
        query: `cursor=${body.pagination.nextCursor}`,
      });
      await call(op('revisions'), '404 not_found', { key: 'nobody' });
      await call(op('revision'), '200');
      await call(op('revision'), '400 invalid_parameter', { query: 'x=1' });
      await call(op('revision'), '404 not_found', { parameters: { version: '99' } });
    });

    test('revert', async () => {
      await call(op('revert'), '200', { body: { version: 1 } });
      await refuseBodies(op('revert'), { body: { version: 1 } });
      await refuseKeysAndTags(op('revert'), { body: { version: 1 } });
      await refuseIdempotencyKeys(op('revert'), { body: { version: 1 } });
      await call(op('revert'), '422 unknown_field', { body: { version: 1, x: 1 } });
      await create('target');
      await create('source', refersTo('target'));
      await call(op('patch'), '200', { key: 'source', body: refersTo(null) });
      await call(op('patch'), '200', { key: 'target', body: refersTo('source') });
      await call(op('revert'), '422 cycle', { key: 'source', body: { version: 1 } });
      await remove('target');
      await call(op('revert'), '422 unknown_reference', { key: 'source', body: { version: 1 } });
    });

    test('bulk', async () => {
      const items = [documentOf('in-bulk')];
      const refused = { items: [...items, { x: 1 }] };
      await call(op('bulk'), '200', { body: { items } });
      await call(op('bulk'), '200', { body: { items }, query: 'mode=upsert&dry_run=true' });
      await call(op('bulk'), '207', { body: refused, query: 'atomic=false' });
      await refuseBodies(op('bulk'), { body: { items } }, 'idempotency-key');
      await refuseIdempotencyKeys(op('bulk'), { body: { items } });
      await call(op('bulk'), '422 unknown_field', { body: { items, x: 1 } });
      await call(op('bulk'), '422 bulk_refused', { body: refused });
    });
  });

  test('the lifecycle of a metric', async () => {
    const step = 'metrics_transition';
    await call('metrics_create', '201', { body: { metric_id: 'ready', name: 'Ready', ...READY } });
    await call('metrics_create', '201', {
      body: { metric_id: 'user-of-ready', name: 'x', ...READY, depends_on: ['ready'] },
    });
    await call(step, '200', { key: 'ready', body: { to: 'active' } });
    await call(step, '200', { key: 'user-of-ready', body: { to: 'active' } });
    await call(step, '200', { key: 'ready', body: { to: 'deprecated', reason: 'Replaced.' } });
    await call(step, '409 in_use', { key: 'ready', body: { to: 'archived' } });
    await call(step, '409 invalid_transition', { key: 'ready', body: { to: 'draft' } });
    await call(step, '422 gate_refused', { body: { to: 'active' } });
    await call(step, '422 unknown_field', { body: { to: 'active', x: 1 } });
    await refuseBodies(step, { body: { to: 'active' } });
    await refuseKeysAndTags(step, { body: { to: 'active' } });
    await refuseIdempotencyKeys(step, { body: { to: 'active' } });
  });

  test('a check-in of a key result', async () => {
    await call('objectives_checkIn', '200', { body: { current: 5, note: 'October' } });
    await call('objectives_checkIn', '422 unknown_field', { body: { current: 5, x: 1 } });
    await refuseBodies('objectives_checkIn', { body: { current: 5 } });
    await refuseKeysAndTags('objectives_checkIn', { body: { current: 5 } });
  });

  test('what belongs to a domain', async () => {
    await call('objectives_patch', '200', { body: { domain_id: 'live' } });
    for (const operation of ['domainMetrics_list', 'domainObjectives_list']) {
      const { body } = (await call(operation, '200', { query: 'cursor=' })) as { body: { data: unknown[] } };
      expect(body.data.length).toBeGreaterThan(0);
      await call(operation, '200');
      await call(operation, '400 invalid_parameter', { query: 'page=0' });
      await call(operation, '400 invalid_cursor', { query: 'cursor=x' });
      const cursor = await cursorOf(operation.includes('Metrics') ? 'metrics' : 'objectives');
      await call(operation, '400 cursor_mismatch', { query: `cursor=${cursor}` });
      await call(operation, '400 page_too_deep', { query: 'page=201' });
      await call(operation, '404 not_found', { key: 'nobody' });
    }
  });

  const cursorOf = async (resource: string): Promise<string> => {
    const { body } = (await call(`${resource}_list`, '200', { query: 'cursor=&limit=1' })) as {
      body: { pagination: { nextCursor: string } };
    };
    return body.pagination.nextCursor;
  };

  test('what the instance measures of itself', async () => {
    for (const operation of ['scrape_scrape', 'runtime_read']) {
      await call(operation, '200');
      await call(operation, '400 invalid_parameter', { query: 'x=1' });
    }
  });

  test('the cache of the instance', async () => {
    await call('cache_stats', '200');
    await call('cache_stats', '400 invalid_parameter', { query: 'x=1' });
    await call('cache_flush', '200');
    await call('cache_flush', '400 invalid_parameter', { query: 'x=1' });
  });

  test('the keys of programs', async () => {
    const key = { name: 'Nightly export', role: 'viewer' };
    const { body } = (await call('apiKeys_create', '201', { body: key })) as { body: { id: string } };
    await call('apiKeys_create', '201', { body: { ...key, expires_at: '2100-01-01T00:00:00Z' } });
    await refuseBodies('apiKeys_create', { body: key }, 'idempotency-key');
    await call('apiKeys_create', '422 unknown_field', { body: { ...key, x: 1 } });
    await call('apiKeys_list', '400 invalid_parameter', { query: 'x=1' });
    const parameters = { id: body.id };
    await call('apiKeys_revoke', '400 invalid_parameter', { parameters, query: 'x=1' });
    await call('apiKeys_revoke', '204', { parameters });
    await call('apiKeys_revoke', '404 not_found', { parameters });
    await call('apiKeys_list', '200');
  });

  describe('accounts', () => {
    const name = 'ada@example.com';
    const password = 'three llamas cross at noon';
    const signIn = async () =>
      (await call('signIn_signIn', '200', { body: { name, password } })).body as Record<
        'access_token' | 'refresh_token',
        string
      >;
    const as = ({ access_token }: { access_token: string }) => ({ authorization: `Bearer ${access_token}` });

    test('their making and changing', async () => {
      const body = { name, role: 'editor', password };
      await call('users_create', '201', { body });
      await call('users_create', '409 conflict', { body });
      await refuseBodies('users_create', { body }, 'idempotency-key');
      await call('users_create', '422 unknown_field', { body: { ...body, x: 1 } });
      await call('users_create', '422 invalid_document', { body: { ...body, password: 'password1234' } });
      await call('users_list', '200');
      await call('users_list', '400 invalid_parameter', { query: 'x=1' });
      for (const [operation, request] of [
        ['users_get', {}],
        ['users_change', { body: { role: 'viewer' } }],
      ] as const) {
        await call(operation, '200', request);
        await call(operation, '400 invalid_parameter', { ...request, query: 'x=1' });
        await call(operation, '404 not_found', { ...request, parameters: { name: 'nobody' } });
      }
      await refuseBodies('users_change', { body: { role: 'viewer' } }, null);
      await call('users_change', '422 unknown_field', { body: { x: 1 } });
    });

    test('signing in and out', async () => {
      const { refresh_token } = await signIn();
      const body = { refresh_token };
      for (const [operation, good] of [
        ['signIn_signIn', { name, password }],
        ['signIn_refresh', body],
        ['signIn_signOut', body],
      ] as const) {
        await refuseBodies(operation, { body: good }, 'idempotency-key');
        await call(operation, '422 unknown_field', { body: { ...good, x: 1 } });
      }
      await call('signIn_signIn', '401 unauthenticated', { body: { name, password: 'another' } });
      const next = (await call('signIn_refresh', '200', { body })).body as typeof body;
      await call('signIn_signOut', '204', { body: { refresh_token: next.refresh_token } });
      await call('signIn_signOut', '204', { body: { refresh_token: 'unknown' } });
      await call('signIn_refresh', '401 unauthenticated', { body: { refresh_token: next.refresh_token } });
    });

    test('the own name and password', async () => {
      const headers = as(await signIn());
      expect((await call('me_me', '200', { headers })).body).toEqual({ actor: `user:${name}`, role: 'viewer' });
      await call('me_me', '400 invalid_parameter', { headers, query: 'x=1' });
      const body = { current_password: password, new_password: 'kudzu panel oxide' };
      await refuseBodies('signIn_changePassword', { body, headers }, 'idempotency-key');
      await call('signIn_changePassword', '422 unknown_field', { body: { ...body, x: 1 }, headers });
      const wrong = { ...body, current_password: 'another' };
      await call('signIn_changePassword', '422 invalid_document', { body: wrong, headers });
      await call('signIn_changePassword', '204', { body, headers });
    });
  });

  test('the audit log', async () => {
    const { body } = await call('audit_list', '200', { query: 'limit=1' });
    await call('audit_list', '400 invalid_parameter', { query: 'page=1' });
    await call('audit_list', '400 invalid_cursor', { query: 'cursor=x' });
    const cursor = String((body as { pagination: { nextCursor: string } }).pagination.nextCursor);
    await call('audit_list', '400 cursor_mismatch', { query: `cursor=${cursor}&actor=somebody` });
  });

  test('all but health and sign-in, for callers who are nobody or may do too little', async () => {
    const open = [...operations.values()].filter(({ security }) => security === undefined);
    expect(open.map(({ operationId }) => operationId).sort()).toEqual([
      'healthReport_report',
      'health_live',
      'health_ready',
      'signIn_refresh',
      'signIn_signIn',
      'signIn_signOut',
    ]);
    const { key } = await app.app.get(ApiKeys).create({ name: 'Reader', role: 'viewer' }, 'test');
    for (const operation of operations.values()) {
      if (open.includes(operation)) continue;
      const { operationId, parameters } = operation;
      await call(operationId, '401 unauthenticated', { headers: { authorization: 'Bearer nobody' } });
      if (!codesOf(operation).includes('forbidden')) continue;
      const headers = { authorization: `Bearer ${key}` };
      const query = parameters?.some(({ name }) => name === 'include_deleted') ? 'include_deleted=true' : '';
      // Any role is enough for it, but a key has no password.
      const body =
        operationId === 'signIn_changePassword'
          ? { current_password: 'x', new_password: 'kudzu panel oxide' }
          : undefined;
      await call(operationId, '403 forbidden', { headers, query, body });
    }
  });

  test('whatever is kept, for those who have it', async () => {
    const kept = [...operations.values()].filter(({ responses }) => responses['304']);
    expect(kept.length).toBeGreaterThan(15);
    for (const { operationId } of kept) {
      const { headers } = await call(operationId, '200');
      await call(operationId, '304', { headers: { 'if-none-match': headers.etag ?? '' } });
    }
  });

  test('readiness while the service stops', async () => {
    await app.app.get(Drain).begin(0);
    await call('health_ready', '503 not_ready');
    await call('healthReport_report', '503 not_ready');
  });

  test('every documented status and problem was seen, and nothing else', () => {
    const documented = [...operations.values()].flatMap((operation) => [
      ...Object.keys(operation.responses)
        .filter((status) => Number(status) < 400)
        .map((status) => `${operation.operationId} ${status}`),
      ...codesOf(operation).map((code) => `${operation.operationId} ${statusOf(operation, code)} ${code}`),
    ]);
    expect([...seen].sort()).toEqual(documented.sort());
  });
});

const statusOf = (operation: Operation, code: string) =>
  Object.entries(operation.responses).find(
    ([, { content }]) => code in (content?.['application/problem+json']?.examples ?? {}),
  )?.[0];

/** The document with objects that have no other members than those documented; problems have members of their own kind. */
function closed(document: OpenApi): OpenApi {
  const copy = structuredClone(document);
  for (const [name, schema] of Object.entries(copy.components.schemas)) {
    if (schema.properties && !('additionalProperties' in schema) && name !== 'ProblemDto')
      Object.assign(schema, { additionalProperties: false });
  }
  return copy;
}

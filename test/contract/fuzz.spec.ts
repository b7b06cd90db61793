import fc from 'fast-check';
import { createOpenApi } from '../../src/app.openapi';
import { DocumentStores } from '../../src/documents/document-stores';
import { startWithTerms } from '../resources/with-terms';
import type { TestResponse, TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';
import { type OpenApi, type Operation, operationsOf } from './openapi';
import { expectProblem } from './problems';
import { exampleDocument } from './resources';

/** FUZZ_SEED repeats a run; FUZZ_SECONDS extends it. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const MORE_SEEDS = 5;
const TIME_LIMIT_MS = 1000 * Number(process.env['FUZZ_SECONDS'] ?? 8);
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
/** Not documented where the path has no key: the request has changed the path. */
const UNKNOWN_PATH = 404;

interface Shot {
  operationId: string;
  method: string;
  url: string;
  body: string | undefined;
  headers: Record<string, string>;
}

/** A valid body of each route, by a segment of its path; the last one counts. */
const SEEDS: Record<string, object> = {
  metrics: completeMetric('live', {
    status: 'active',
    tags: ['a'],
    links: [{ kind: 'doc', url: 'https://example.com' }],
  }),
  domains: domain('revenue', { parent: 'root', color: '#aabbcc' }),
  objectives: objective('goal', { domain_id: 'revenue', timeframe: { start: '2026-01-01', end: '2026-12-31' } }),
  transitions: { to: 'deprecated', reason: 'old' },
  revert: { version: 1 },
  '{kr_id}': { current: 5, note: 'x' },
  users: { name: 'live', role: 'viewer', password: 'three llamas cross at noon' },
  '{name}': { role: 'editor', disabled: false },
  login: { name: 'live', password: 'three llamas cross at noon' },
  refresh: { refresh_token: `mdl_refresh_${'x'.repeat(43)}` },
  logout: { refresh_token: `mdl_refresh_${'x'.repeat(43)}` },
  'change-password': { current_password: 'three llamas cross at noon', new_password: 'kudzu panel oxide' },
};
/** The key members of all resources. */
const keyMembers = new Set<string>();
/** The valid bodies of an operation, with and without a key. */
function seedsOf(path: string): object[] {
  const [segment = ''] = path
    .split('/')
    .filter((one) => one in SEEDS)
    .slice(-1);
  const document = SEEDS[segment] ?? {};
  const keyless = Object.fromEntries(Object.entries(document).filter(([member]) => !keyMembers.has(member)));
  return [document, keyless, keyless];
}

const KEYS = [
  'live',
  'LIVE',
  'revenue',
  'goal',
  'KR-1',
  '1',
  '2147483648',
  'bulk',
  '..',
  '%2e%2e',
  '%00',
  '%zz',
  '%FF',
  '%F0%9F%98%80',
];

const word = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '-1',
    '1e3',
    '101',
    'true',
    'name',
    '-name',
    'draft',
    'tier-1',
    'owner',
    'exact',
    '2026-11-01',
    '2026-11-01T00:00:00+15:30',
    '9999-12-31T23:59:59Z',
    '0001-01-01',
    '"',
    `'; --`,
    '%',
    '%00',
    '%zz',
    '%F0%9F%98%80',
    'a,b',
    ',',
    '&',
    '"or" -',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }).map(encodeURIComponent),
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[^!-~]|#/g, '+')),
);
const anyJson = fc.oneof(
  fc.constantFrom(
    null,
    true,
    '',
    ' ',
    0,
    -0,
    1e308,
    2 ** 53,
    'live',
    'revenue',
    '\0',
    '\ud800',
    [],
    {},
    '😀'.repeat(501),
    -1.5,
  ),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
);
/** A valid document with up to two values replaced, removed or added at any depth. */
const mutated = (seeds: object[]) =>
  fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.option(anyJson, { nil: undefined }), fc.string()), { maxLength: 2 }),
    )
    .map(([seed, changes]) => {
      const document = structuredClone(seed) as Record<string, unknown>;
      for (const [place, value, name] of changes) {
        const objects = [...objectsIn(document)];
        const target = objects[place % objects.length] ?? document;
        const members = [...Object.keys(target), name];
        // A copy, because fast-check reuses the object.
        target[members[place % members.length] ?? name] = structuredClone(value);
      }
      return document;
    });

function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (value === null || typeof value !== 'object') return;
  yield value as Record<string, unknown>;
  for (const member of Object.values(value)) yield* objectsIn(member);
}

const bodyOf = (document: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 6, arbitrary: document.map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: fc.array(document, { maxLength: 3 }).map((items) => JSON.stringify({ items })) },
    {
      weight: 2,
      arbitrary: fc
        .array(document, { maxLength: 3 })
        .map((items) => items.map((item) => JSON.stringify(item)).join('\n')),
    },
    { weight: 2, arbitrary: anyJson.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 50 }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
const optional = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const headers = fc.record({
  'content-type': fc.oneof(
    { weight: 8, arbitrary: fc.constant('application/json') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'application/merge-patch+json',
        'application/x-ndjson',
        'text/plain',
        'application/json; charset=utf-16',
        ';',
        '',
      ),
    },
  ),
  'if-match': optional(fc.constantFrom('*', '"1"', '"1", "2"', 'W/"1"', '1', '"', ',', '"999999999999"', '"1-abc"')),
  'if-none-match': optional(fc.constantFrom('*', '"1"', '', 'x')),
  'idempotency-key': optional(fc.constantFrom('a', '"b"', '', ' ', 'x'.repeat(300))),
});

const shotAt = (operations: Operation[]): fc.Arbitrary<Shot> =>
  fc.constantFrom(...operations).chain((operation) => {
    const documented = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'query')
      .map(({ name }) => name);
    const key = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...KEYS) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).map(encodeURIComponent) },
    );
    const name = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('x', ...documented) },
      { weight: 1, arbitrary: word },
    );
    // Most writes accept no query parameter.
    const spare = operation.path.endsWith('/bulk') ? 1 : 0;
    return fc.record({
      operationId: fc.constant(operation.operationId),
      method: fc.oneof(
        { weight: 9, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      url: fc
        .tuple(
          fc.array(key, { minLength: 2, maxLength: 2 }),
          fc.array(fc.tuple(name, word), { maxLength: operation.method === 'GET' ? 3 : spare }),
        )
        .map(([keys, query]) => {
          let at = 0;
          const path = operation.path.replaceAll(/\{\w+\}/g, () => keys[at++] ?? '');
          return query.length === 0
            ? path
            : `${path}?${query.map(([parameter, value]) => `${parameter}=${value}`).join('&')}`;
        }),
      body:
        operation.method === 'GET'
          ? fc.constant(undefined)
          : bodyOf(
              fc.oneof(
                { weight: 5, arbitrary: mutated(seedsOf(operation.path)) },
                { weight: 1, arbitrary: mutated(Object.values(SEEDS)) },
              ),
            ),
      headers: headers.map(
        (given) =>
          Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Record<
            string,
            string
          >,
      ),
    });
  });

describe('random requests', () => {
  let app: TestApp;
  let operations: Operation[];
  beforeAll(async () => {
    app = await startWithTerms();
    const document = JSON.parse(JSON.stringify(createOpenApi(app.app))) as OpenApi;
    operations = operationsOf(document);
    const create = async (resource: string, document: object | undefined) =>
      expect((await app.post(`/api/v1/${resource}`, document)).status).toBe(201);
    await create('domains', domain('root'));
    await create('users', SEEDS['users']);
    for (const { definition } of app.app.get(DocumentStores).all) {
      const { resource, keyMember, references = [] } = definition;
      keyMembers.add(keyMember);
      // Other resources use their OpenAPI example without references.
      const unreferring = references.map(({ member }) => [member, undefined]);
      SEEDS[resource] ??= {
        ...exampleDocument(document, resource, 'all'),
        ...Object.fromEntries(unreferring),
        [keyMember]: 'live',
      };
      await create(resource, SEEDS[resource]);
    }
  });
  afterAll(() => app.stop());

  test(
    `never cause a server error and always get a documented response (seed ${SEED})`,
    async () => {
      const statuses = new Map<number, number>();
      const property = fc.asyncProperty(shotAt(operations), async (shot) => {
        const { method, url, body, headers: given } = shot;
        const headers = body === undefined ? { ...given, 'content-type': 'application/json' } : given;
        const response = await app.send(method, url, { body, headers });
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        const operation = operations.find(({ operationId }) => operationId === shot.operationId);
        if (operation) checkResponse(operation, shot, response);
      });
      // The requests must reach success and late failures; a slow machine tries more seeds.
      const unseen = () => [200, 201, 204, 400, 404, 409, 412, 415, 422].filter((status) => !statuses.has(status));
      for (let seed = SEED; seed === SEED || (unseen().length > 0 && seed < SEED + MORE_SEEDS); seed++)
        await fc.assert(property, { seed, numRuns: 100_000, interruptAfterTimeLimit: TIME_LIMIT_MS });
      expect(unseen()).toEqual([]);
    },
    MORE_SEEDS * TIME_LIMIT_MS + 20_000,
  );
});

function checkResponse(operation: Operation, { method, url, body }: Shot, response: TestResponse): void {
  expect(response.status).toBeLessThan(500);
  if (method === 'OPTIONS' || method === 'HEAD') return;
  const isDocumented =
    method === operation.method && (body === undefined || operation.requestBody) && samePath(operation, url);
  if (isDocumented && response.status !== UNKNOWN_PATH)
    expect(Object.keys(operation.responses)).toContain(String(response.status));
  if (response.status >= 400) expectProblem(response, `${url} ${body ?? ''}`);
  else if (response.status === 204 || response.status === 304) expect(response.text).toBe('');
  else expect(response.headers['content-type']).toMatch(/^(application\/(json|x-ndjson)|text\/plain)/);
}

/** Whether the keys in the path keep the route; `bulk`, `..` and an empty key select another one. */
const samePath = ({ path }: Operation, url: string) =>
  !path.includes('{') || !/\/(bulk|\.\.|%2e%2e)?(\/|\?|$)/i.test(url);

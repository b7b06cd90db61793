import { createOpenApi } from '../../src/app.openapi';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { seedCatalogue } from '../../src/exchange/seed/seed';
import { TestApp, type TestResponse } from '../support/app';
import { type Example, exampleOf, operationsInOrder } from './examples';
import type { OpenApi } from './openapi';

const PASSWORD = 'three llamas cross at noon';

type Responses = Map<string, TestResponse>;
type Tokens = Record<'access_token' | 'refresh_token', string>;

const tokensFrom = (responses: Responses) => responses.get('POST /api/v1/auth/login')?.body as Tokens;
const asUser = (responses: Responses) => ({ authorization: `Bearer ${tokensFrom(responses).access_token}` });

/**
 * Values that no document can contain: those of an earlier response, and a password. The password of the examples is
 * refused, because it would be used.
 */
const SUPPLIED: Record<string, (example: Example, responses: Responses) => Partial<Example>> = {
  'DELETE /api/v1/api-keys/{id}': (_, responses) => ({
    url: `/api/v1/api-keys/${(responses.get('POST /api/v1/api-keys')?.body as { id: string }).id}`,
  }),
  'GET /api/v1/imports/{id}': (_, responses) => ({
    url: `/api/v1/imports/${(responses.get('POST /api/v1/imports')?.body as { id: string }).id}`,
  }),
  'POST /api/v1/users': ({ body }) => ({ body: { ...(body as object), password: PASSWORD } }),
  'POST /api/v1/auth/login': ({ body }) => ({ body: { ...(body as object), password: PASSWORD } }),
  'POST /api/v1/auth/change-password': (_, responses) => ({
    body: { current_password: PASSWORD, new_password: 'kudzu panel oxide' },
    headers: { 'content-type': 'application/json', ...asUser(responses) },
  }),
  'POST /api/v1/auth/refresh': (_, responses) => ({ body: { refresh_token: tokensFrom(responses).refresh_token } }),
  'POST /api/v1/auth/logout': () => ({ body: { refresh_token: 'unknown' } }),
  'DELETE /api/v1/auth/sessions/{id}': (_, responses) => ({
    url: `/api/v1/auth/sessions/${(responses.get('GET /api/v1/auth/sessions')?.body as { data: { id: string }[] }).data[0]?.id}`,
    headers: asUser(responses),
  }),
  'GET /api/v1/auth/sessions': (_, responses) => ({ headers: asUser(responses) }),
};

describe('the examples of the documentation', () => {
  let app: TestApp;
  let document: OpenApi;
  let key: string;
  beforeAll(async () => {
    // As make dev: the seeded catalogue, anonymous readers, and a key of the role admin.
    app = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'viewer' });
    await seedCatalogue(app.app);
    ({ key } = await app.app.get(ApiKeys).create({ name: 'make dev', role: 'admin' }, 'test'));
    document = JSON.parse(JSON.stringify(createOpenApi(app.app))) as OpenApi;
  });
  afterAll(() => app.stop());

  it('work as they stand, in the order of the page', async () => {
    const responses: Responses = new Map();
    const failed: [string, number, string][] = [];
    const operations = operationsInOrder(document);
    expect(operations.length).toBeGreaterThan(60);
    for (const operation of operations) {
      const name = `${operation.method} ${operation.path}`;
      const supply = SUPPLIED[name];
      const offered = exampleOf(document, operation, supply !== undefined);
      const { method, url, headers, body } = { ...offered, ...supply?.(offered, responses) };
      const response = await app.send(method, url, { body, headers: { authorization: `Bearer ${key}`, ...headers } });
      responses.set(name, response);
      if (response.status < 200 || response.status > 299) failed.push([name, response.status, response.text]);
    }
    expect(failed).toEqual([]);
    expect(Object.keys(SUPPLIED).filter((name) => !responses.has(name))).toEqual([]);
  });

  it('are there for every write of a document, as a whole', () => {
    const writes = operationsInOrder(document).filter(({ requestBody, tags }) => requestBody && tags?.[0] !== 'access');
    const without = writes.filter(({ requestBody }) =>
      Object.values(requestBody?.content ?? {}).some(({ examples = {} }) => Object.keys(examples).length === 0),
    );
    expect(writes.length).toBeGreaterThan(15);
    expect(without.map(({ operationId }) => operationId)).toEqual([]);
  });
});

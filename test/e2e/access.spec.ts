import { createOpenApi } from '../../src/app.openapi';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { DocumentStores } from '../../src/documents/document-stores';
import { covers, type Role, ROLES } from '../../src/identity/principal';
import { expectProblem } from '../contract/problems';
import { operationsOf, type OpenApi } from '../contract/openapi';
import { exampleDocument } from '../contract/resources';
import { startWithTerms } from '../resources/with-terms';
import { TestApp } from '../support/app';

const LIST = '/api/v1/metrics';
const UNKNOWN_KEY = `mdl_test_0123456789ab_${'x'.repeat(43)}`;

/** The role that each route needs, stated a second time, so that a changed decorator fails the test. */
function requiredRole(method: string, path: string): Role | 'public' {
  if (/^\/$|^\/(api\/)?health/.test(path) || /^\/api\/v1\/auth\/(login|refresh|logout)$/.test(path)) return 'public';
  if (/^\/api\/v1\/(api-keys|audit|users)/.test(path) || path === '/api/cache/flush') return 'admin';
  if (/^\/api\/v1\/auth\/(change-password|sessions)/.test(path)) return 'viewer';
  return method === 'GET' ? 'viewer' : 'editor';
}

describe('authorization', () => {
  let t: TestApp;
  let document: OpenApi;
  const resources: string[] = [];
  const keys = {} as Record<Role, string>;
  const as = (role: Role) => ({ authorization: `Bearer ${keys[role]}` });

  beforeAll(async () => {
    t = await startWithTerms({ AUTH_ANONYMOUS_ROLE: 'none' });
    document = JSON.parse(JSON.stringify(createOpenApi(t.app))) as OpenApi;
    for (const role of ROLES) keys[role] = (await t.app.get(ApiKeys).create({ name: role, role }, 'test')).key;
    for (const { definition } of t.app.get(DocumentStores).all) {
      const { resource, keyMember } = definition;
      resources.push(resource);
      for (const key of ['live', 'gone']) {
        const body = { ...exampleDocument(document, resource, 'required'), [keyMember]: key };
        const { status } = await t.post(`/api/v1/${resource}`, body, as('editor'));
        expect([resource, status]).toEqual([resource, 201]);
        if (key === 'gone') await t.delete(`/api/v1/${resource}/gone`, { ...as('editor'), 'if-match': '*' });
      }
    }
  });
  afterAll(() => t.stop());

  const operations = () => operationsOf(document);
  /** The paths of all reads of documents, with a key and a version filled in. */
  const readsOf = (key: string) =>
    operations()
      .filter(({ method, path }) => method === 'GET' && resources.includes(path.split('/')[3] ?? ''))
      .map(({ path }) => path.replace('{key}', key).replace('{version}', '1'));
  const urlOf = (path: string) => path.replaceAll(/\{\w+\}/g, '1');

  it('is checked for every route and role, without credentials and with invalid ones', async () => {
    const asserted: string[] = [];
    for (const { method, path } of operations()) {
      const required = requiredRole(method, path);
      const credentials: [string, Record<string, string>, Role | undefined][] = [
        ['no credentials', {}, undefined],
        ['an unknown key', { authorization: `Bearer ${UNKNOWN_KEY}` }, undefined],
        ...ROLES.map((role) => [role, as(role), role] as [string, Record<string, string>, Role]),
      ];
      const verbs = method === 'GET' ? ['GET', 'HEAD'] : [method];
      for (const verb of verbs)
        for (const [who, headers, role] of credentials) {
          const { status } = await t.send(verb, urlOf(path), { headers });
          const outcome = status === 401 || status === 403 ? status : 'allowed';
          const passes = required === 'public' || (role !== undefined && covers(role, required));
          expect(`${verb} ${path} with ${who}: ${outcome}`).toBe(
            `${verb} ${path} with ${who}: ${passes ? 'allowed' : role ? 403 : 401}`,
          );
          asserted.push(`${verb} ${path} ${who}`);
        }
    }
    expect(asserted.length).toBeGreaterThan(5 * 40);
  });

  it('matches the OpenAPI document', () => {
    for (const { method, path, responses, security } of operations()) {
      const required = requiredRole(method, path);
      // The body of these routes contains credentials.
      const rejects = required !== 'public' || /\/auth\/(login|refresh)$/.test(path);
      expect([path, '401' in responses, security.length > 0]).toEqual([path, rejects, required !== 'public']);
      if (required !== 'viewer') expect([path, '403' in responses]).toEqual([path, required !== 'public']);
    }
  });

  it('does not apply to documentation and unknown routes', async () => {
    expect((await t.get('/openapi.json')).status).toBe(200);
    expect((await t.get('/docs')).status).toBe(200);
    expect((await t.get('/nowhere')).status).toBe(404);
    expect((await t.send('OPTIONS', LIST)).status).toBe(204);
    expect((await t.send('PUT', LIST)).status).toBe(405);
  });

  it('responds 401 with WWW-Authenticate, and 403 with the required role', async () => {
    const anonymous = await t.get(LIST);
    expect(expectProblem(anonymous)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(anonymous.headers['www-authenticate']).toBe('Bearer realm="mdl"');
    expect(anonymous.headers['cache-control']).toBe('no-store');
    const unknown = await t.get(LIST, { authorization: `Bearer ${UNKNOWN_KEY}` });
    expect(expectProblem(unknown).code).toBe('unauthenticated');
    expect(unknown.headers['www-authenticate']).toBe('Bearer realm="mdl", error="invalid_token"');
    expect(unknown.text).not.toContain(UNKNOWN_KEY);
    const viewer = await t.post(LIST, {}, as('viewer'));
    expect(expectProblem(viewer)).toMatchObject({ status: 403, code: 'forbidden' });
    expect(viewer.body.detail).toBe('This requires the role editor; yours is viewer.');
  });

  it('is checked before the body is read', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await t.send('POST', LIST, { body: '{"broken', headers })).status).toBe(401);
    expect((await t.send('POST', LIST, { body: '{"broken', headers: { ...headers, ...as('viewer') } })).status).toBe(
      403,
    );
    expect((await t.send('POST', LIST, { body: '{"broken', headers: { ...headers, ...as('editor') } })).status).toBe(
      400,
    );
  });

  it.each([
    ['Basic', 'Basic dXNlcjpwYXNz'],
    ['no token', 'Bearer'],
    ['two tokens', 'Bearer a b'],
    ['an empty header', ''],
    ['odd characters', 'Bearer ä'],
  ])('rejects other forms of credentials: %s', async (_, authorization) => {
    expect((await t.get(LIST, { authorization })).status).toBe(401);
  });

  it('accepts credentials in Authorization only', async () => {
    expect((await t.get(`${LIST}?access_token=${keys.admin}`)).status).toBe(401);
    expect((await t.get(LIST, { cookie: `authorization=Bearer ${keys.admin}; token=${keys.admin}` })).status).toBe(401);
    expect((await t.get(LIST, { 'x-api-key': keys.admin, 'proxy-authorization': `Bearer ${keys.admin}` })).status).toBe(
      401,
    );
  });

  describe('with the cache', () => {
    it('does not serve cached responses without valid credentials', async () => {
      const urls = readsOf('live').filter((url) => !url.endsWith('/export'));
      // Five cached routes of each resource, and the metrics and objectives of a domain.
      expect(urls).toHaveLength(5 * resources.length + 2);
      for (const url of urls) {
        await t.get(url, as('viewer'));
        const cached = await t.get(url, as('viewer'));
        expect([url, cached.status, cached.headers['x-cache']]).toEqual([url, 200, 'HIT']);
        const tag = { 'if-none-match': cached.headers.etag ?? '' };
        for (const headers of [{}, tag, { 'if-none-match': '*' }, { ...tag, authorization: `Bearer ${UNKNOWN_KEY}` }])
          expect([url, (await t.get(url, headers)).status]).toEqual([url, 401]);
        expect([url, (await t.get(url, { ...tag, ...as('viewer') })).status]).toEqual([url, 304]);
      }
    });

    it('serves deleted documents to editors and not to viewers, cached or not', async () => {
      const paths = readsOf('gone').filter((path) => !/export$|stats$|gone\/(metrics|objectives)$/.test(path));
      expect(paths.filter((path) => !path.includes('gone'))).toHaveLength(resources.length);
      expect(paths).toHaveLength(4 * resources.length);
      for (const path of paths) {
        const url = `${path}?include_deleted=true`;
        const rejections = async () => [
          expectProblem(await t.get(url, as('viewer'))).code,
          expectProblem(await t.get(url)).code,
        ];
        // Before the first response, after a miss and after a hit.
        for (const state of ['MISS', 'HIT']) {
          expect([url, ...(await rejections())]).toEqual([url, 'forbidden', 'unauthenticated']);
          const editor = await t.get(url, as('editor'));
          expect([url, editor.status, editor.headers['x-cache']]).toEqual([url, 200, state]);
          expect([url, /gone|deleted/.test(editor.text)]).toEqual([url, true]);
        }
        expect(await rejections()).toEqual(['forbidden', 'unauthenticated']);
        // The same path without the parameter has a cache entry of its own.
        const without = await t.get(path, as('viewer'));
        expect([path, without.status]).toEqual([path, path.includes('gone') ? 404 : 200]);
        expect(without.status === 200 && without.text.includes('gone')).toBe(false);
      }
    });
  });

  it('names the principal in revisions', async () => {
    const { body } = await t.get(`${LIST}/live/revisions`, as('viewer'));
    expect(body.data[0].actor).toMatch(/^key:[0-9a-f]{12}$/);
    expect(keys.editor).toContain(body.data[0].actor.slice(4));
  });
});

describe('requests without credentials', () => {
  it('have the role AUTH_ANONYMOUS_ROLE', async () => {
    const t = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'viewer' });
    try {
      expect((await t.get(LIST)).status).toBe(200);
      // Not 403: credentials are missing.
      expect((await t.post(LIST, { metric_id: 'm', name: 'M' })).status).toBe(401);
      expect((await t.get(`${LIST}?include_deleted=true`)).status).toBe(401);
      expect((await t.get(LIST, { authorization: `Bearer ${UNKNOWN_KEY}` })).status).toBe(401);
    } finally {
      await t.stop();
    }
  });
});

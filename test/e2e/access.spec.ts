import { createOpenApi } from '../../src/app.openapi';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { covers, type Role, ROLES } from '../../src/identity/role';
import { expectProblem } from '../contract/problems';
import { operationsOf, type OpenApi } from '../contract/openapi';
import { TestApp } from '../support/app';
import { domain, objective } from '../support/documents';

const LIST = '/api/v1/metrics';
const BAD_KEY = `mdl_test_0123456789ab_${'x'.repeat(43)}`;

/** What each route needs, written down once more: whoever changes a decorator changes it here too. */
function needed(method: string, path: string): Role | 'public' {
  if (/^\/(api\/)?health/.test(path) || /^\/api\/v1\/auth\/(login|refresh|logout)$/.test(path)) return 'public';
  if (/^\/api\/v1\/(api-keys|audit|users)/.test(path) || path === '/api/cache/flush') return 'admin';
  if (path === '/api/v1/auth/change-password') return 'viewer';
  return method === 'GET' ? 'viewer' : 'editor';
}

describe('who may do what', () => {
  let t: TestApp;
  const keys = {} as Record<Role, string>;
  const as = (role: Role) => ({ authorization: `Bearer ${keys[role]}` });

  beforeAll(async () => {
    t = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'none' });
    for (const role of ROLES) keys[role] = (await t.app.get(ApiKeys).create({ name: role, role }, 'test')).key;
    for (const [resource, document] of [
      ['domains', domain],
      ['metrics', (key: string) => ({ metric_id: key, name: 'A metric' })],
      ['objectives', objective],
    ] as const)
      for (const key of ['live', 'gone']) {
        const { status } = await t.post(`/api/v1/${resource}`, document(key), as('editor'));
        expect([resource, status]).toEqual([resource, 201]);
        if (key === 'gone') await t.delete(`/api/v1/${resource}/gone`, { ...as('editor'), 'if-match': '*' });
      }
  });
  afterAll(() => t.stop());

  const operations = () => operationsOf(JSON.parse(JSON.stringify(createOpenApi(t.app))) as OpenApi);
  /** All that is read of the documents, of one key where one is asked for. */
  const readsOf = (key: string) =>
    operations()
      .filter(({ method, path }) => method === 'GET' && /^\/api\/v1\/(domains|metrics|objectives)/.test(path))
      .map(({ path }) => path.replace('{key}', key).replace('{version}', '1'));
  const urlOf = (path: string) => path.replaceAll(/\{\w+\}/g, '1');

  it('is decided for every route and every role, and for nobody', async () => {
    const asserted: string[] = [];
    for (const { method, path } of operations()) {
      const need = needed(method, path);
      const callers: [string, Record<string, string>, Role | undefined][] = [
        ['nobody', {}, undefined],
        ['a bad key', { authorization: `Bearer ${BAD_KEY}` }, undefined],
        ...ROLES.map((role) => [role, as(role), role] as [string, Record<string, string>, Role]),
      ];
      const verbs = method === 'GET' ? ['GET', 'HEAD'] : [method];
      for (const verb of verbs)
        for (const [who, headers, role] of callers) {
          const { status } = await t.send(verb, urlOf(path), { headers });
          const refused = status === 401 || status === 403 ? status : 'let through';
          const passes = need === 'public' || (role !== undefined && covers(role, need));
          expect(`${verb} ${path} as ${who}: ${refused}`).toBe(
            `${verb} ${path} as ${who}: ${passes ? 'let through' : role ? 403 : 401}`,
          );
          asserted.push(`${verb} ${path} ${who}`);
        }
    }
    expect(asserted.length).toBeGreaterThan(5 * 40);
  });

  it('is what the contract says', () => {
    for (const { method, path, responses, security } of operations()) {
      const need = needed(method, path);
      // What a body holds may be credentials too.
      const refuses = need !== 'public' || /\/auth\/(login|refresh)$/.test(path);
      expect([path, '401' in responses, security !== undefined]).toEqual([path, refuses, need !== 'public']);
      if (need !== 'viewer') expect([path, '403' in responses]).toEqual([path, need !== 'public']);
    }
  });

  it('lets everybody see what there is, and what is no route', async () => {
    expect((await t.get('/openapi.json')).status).toBe(200);
    expect((await t.get('/docs')).status).toBe(200);
    expect((await t.get('/nowhere')).status).toBe(404);
    expect((await t.send('OPTIONS', LIST)).status).toBe(204);
    expect((await t.send('PUT', LIST)).status).toBe(405);
  });

  it('is told by 401 with WWW-Authenticate, by 403 with the role that is needed', async () => {
    const nobody = await t.get(LIST);
    expect(expectProblem(nobody)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(nobody.headers['www-authenticate']).toBe('Bearer realm="mdl"');
    expect(nobody.headers['cache-control']).toBe('no-store');
    const bad = await t.get(LIST, { authorization: `Bearer ${BAD_KEY}` });
    expect(expectProblem(bad).code).toBe('unauthenticated');
    expect(bad.headers['www-authenticate']).toBe('Bearer realm="mdl", error="invalid_token"');
    expect(bad.text).not.toContain(BAD_KEY);
    const viewer = await t.post(LIST, {}, as('viewer'));
    expect(expectProblem(viewer)).toMatchObject({ status: 403, code: 'forbidden' });
    expect(viewer.body.detail).toBe('This requires the role editor; yours is viewer.');
  });

  it('is decided before the body is read', async () => {
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
    ['an empty one', ''],
    ['odd characters', 'Bearer ä'],
  ])('takes no other form of credentials: %s', async (_, authorization) => {
    expect((await t.get(LIST, { authorization })).status).toBe(401);
  });

  it('takes credentials from Authorization alone', async () => {
    expect((await t.get(`${LIST}?access_token=${keys.admin}`)).status).toBe(401);
    expect((await t.get(LIST, { cookie: `authorization=Bearer ${keys.admin}; token=${keys.admin}` })).status).toBe(401);
    expect((await t.get(LIST, { 'x-api-key': keys.admin, 'proxy-authorization': `Bearer ${keys.admin}` })).status).toBe(
      401,
    );
  });

  describe('and the cache', () => {
    it('gives nobody what is kept for those who may see it', async () => {
      const urls = readsOf('live').filter((url) => !url.endsWith('/export'));
      expect(urls).toHaveLength(17);
      for (const url of urls) {
        await t.get(url, as('viewer'));
        const kept = await t.get(url, as('viewer'));
        expect([url, kept.status, kept.headers['x-cache']]).toEqual([url, 200, 'HIT']);
        const tag = { 'if-none-match': kept.headers.etag ?? '' };
        for (const headers of [{}, tag, { 'if-none-match': '*' }, { ...tag, authorization: `Bearer ${BAD_KEY}` }])
          expect([url, (await t.get(url, headers)).status]).toEqual([url, 401]);
        expect([url, (await t.get(url, { ...tag, ...as('viewer') })).status]).toEqual([url, 304]);
      }
    });

    it('shows deleted documents to editors and to no viewer, kept or not', async () => {
      const paths = readsOf('gone').filter((path) => !/export$|stats$|gone\/(metrics|objectives)$/.test(path));
      expect(paths.filter((path) => !path.includes('gone'))).toHaveLength(3);
      expect(paths).toHaveLength(12);
      for (const path of paths) {
        const url = `${path}?include_deleted=true`;
        const refusals = async () => [
          expectProblem(await t.get(url, as('viewer'))).code,
          expectProblem(await t.get(url)).code,
        ];
        // Before anybody has asked, when it was made, and when it is kept.
        for (const state of ['MISS', 'HIT']) {
          expect([url, ...(await refusals())]).toEqual([url, 'forbidden', 'unauthenticated']);
          const editor = await t.get(url, as('editor'));
          expect([url, editor.status, editor.headers['x-cache']]).toEqual([url, 200, state]);
          expect([url, /gone|deleted/.test(editor.text)]).toEqual([url, true]);
        }
        expect(await refusals()).toEqual(['forbidden', 'unauthenticated']);
        // What editors were shown is not what the same path without the parameter shows.
        const without = await t.get(path, as('viewer'));
        expect([path, without.status]).toEqual([path, path.includes('gone') ? 404 : 200]);
        expect(without.status === 200 && without.text.includes('gone')).toBe(false);
      }
    });
  });

  it('names the caller in what is written', async () => {
    const { body } = await t.get(`${LIST}/live/revisions`, as('viewer'));
    expect(body.data[0].actor).toMatch(/^key:[0-9a-f]{12}$/);
    expect(keys.editor).toContain(body.data[0].actor.slice(4));
  });
});

describe('callers without credentials', () => {
  it('may do what AUTH_ANONYMOUS_ROLE says, and no more', async () => {
    const t = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'viewer' });
    try {
      expect((await t.get(LIST)).status).toBe(200);
      // Not 403: credentials are what is lacking.
      expect((await t.post(LIST, { metric_id: 'm', name: 'M' })).status).toBe(401);
      expect((await t.get(`${LIST}?include_deleted=true`)).status).toBe(401);
      expect((await t.get(LIST, { authorization: `Bearer ${BAD_KEY}` })).status).toBe(401);
    } finally {
      await t.stop();
    }
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { TestApp } from '../support/app';

const LIST = '/api/v1/metrics';

/** The rules for tokens are tested beside the code. This file tests that the whole service applies them. */
describe('a token of the identity provider', () => {
  let server: Server;
  let issuer: string;
  let t: TestApp;
  let sign: (claims: object, expiresIn?: string) => Promise<Record<string, string>>;
  let fetches = 0;
  let isFailing = false;

  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
    server = createServer((request, response) => {
      fetches++;
      if (isFailing) return void response.writeHead(500).end();
      const isKeys = request.url === '/keys';
      response.end(JSON.stringify(isKeys ? { keys } : { issuer, jwks_uri: `${issuer}/keys` }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    t = await TestApp.start({
      AUTH_ANONYMOUS_ROLE: 'none',
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: 'mdl',
      AUTH_ROLE_CLAIM: 'realm_access.roles',
      AUTH_ROLE_MAP: 'data-readers=viewer,data-team=editor',
    });
    sign = async (claims, expiresIn = '5m') => {
      const token = new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'at+jwt' });
      const signed = token.setIssuer(issuer).setAudience('mdl').setSubject('ann').setExpirationTime(expiresIn);
      return { authorization: `Bearer ${await signed.sign(privateKey)}` };
    };
  });
  afterAll(async () => {
    await t.stop();
    server.close();
  });

  it('has the permissions of its role', async () => {
    const reader = await sign({ realm_access: { roles: ['data-readers', 'others'] } });
    expect((await t.get(LIST, reader)).status).toBe(200);
    expect((await t.post(LIST, { metric_id: 'm', name: 'M' }, reader)).status).toBe(403);
    const team = await sign({ realm_access: { roles: ['data-readers', 'data-team'] } });
    expect((await t.post(LIST, { metric_id: 'm', name: 'M' }, team)).status).toBe(201);
    expect((await t.get(`${LIST}/m/revisions`, team)).body.data[0].actor).toBe('idp:ann');
    expect((await t.get('/api/v1/api-keys', team)).status).toBe(403);
  });

  it('is rejected without a known role, or when it is altered', async () => {
    expect((await t.get(LIST, await sign({ realm_access: { roles: ['others'] } }))).status).toBe(401);
    const valid = await sign({ realm_access: { roles: ['data-readers'] } });
    const changed = { authorization: `${valid.authorization?.slice(0, -3)}AAA` };
    expect((await t.get(LIST, changed)).status).toBe(401);
    expect((await t.get(LIST, valid)).status).toBe(200);
  });

  it('expires by the clock, when its identity is cached too', async () => {
    const brief = await sign({ realm_access: { roles: ['data-readers'] } }, '2s');
    expect((await t.get(LIST, brief)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect((await t.get(LIST, brief)).status).toBe(401);
  });

  it('gets 503 while its keys cannot be fetched, and health is degraded', async () => {
    const other = await TestApp.start({ AUTH_ISSUER: issuer, AUTH_AUDIENCE: 'mdl' }, t.database);
    const stateOf = async () => {
      const { status, body } = await other.get('/api/health');
      const { indicators } = body as { indicators: { name: string; state: string }[] };
      return [status, indicators.find(({ name }) => name === 'identity_provider')?.state];
    };
    try {
      isFailing = true;
      const editor = await sign({ roles: ['editor'] });
      expect(await stateOf()).toEqual([200, 'up']);
      expect((await other.get(LIST, editor)).status).toBe(503);
      expect(await stateOf()).toEqual([200, 'degraded']);
      expect((await other.get('/health/ready')).status).toBe(200);
      isFailing = false;
      while ((await other.get(LIST, editor)).status === 503) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await stateOf()).toEqual([200, 'up']);
    } finally {
      isFailing = false;
      await other.app.close();
    }
  });

  it('causes no fetch while its key is known', async () => {
    const reader = await sign({ realm_access: { roles: ['data-readers'] } });
    await t.get(LIST, reader);
    const before = fetches;
    for (let n = 0; n < 20; n++) await t.get(LIST, reader);
    expect(fetches).toBe(before);
  });
});

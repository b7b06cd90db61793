import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import {
  base64url,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { readConfig } from '../../config/config';
import type { Problem } from '../../problems/problem';
import { IdentityProvider } from './identity-provider';

const DATABASE_URL = 'postgresql://localhost:5432/mdl';
const AUDIENCE = 'mdl';
const DISCOVERY = '/.well-known/openid-configuration';
const now = () => Math.floor(Date.now() / 1000);
const encoded = (value: unknown) => base64url.encode(JSON.stringify(value));
/** The token with another claim and the same signature. */
const altered = (token: string, claim: Record<string, unknown>) => {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload))) as object;
  return [header, encoded({ ...claims, ...claim }), signature].join('.');
};

/** A local identity provider. */
class Issuer {
  url = '';
  keys: JWK[] = [];
  /** The requested paths. */
  requests: string[] = [];
  document: Record<string, unknown> = {};
  /** Replaces the response when set. */
  override: ((response: ServerResponse) => void) | undefined;

  private readonly server: Server = createServer(({ url = '' }, response) => {
    this.requests.push(url);
    if (this.override) return this.override(response);
    const body = { [DISCOVERY]: this.document, '/keys': { keys: this.keys } }[url];
    response.writeHead(body ? 200 : 404).end(JSON.stringify(body ?? {}));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Restores the initial state, without keys. */
  reset(): void {
    this.requests = [];
    this.override = undefined;
    this.document = { issuer: this.url, jwks_uri: `${this.url}/keys` };
    this.keys = [];
  }

  async publish(kid: string, key: CryptoKey, more: JWK = {}): Promise<void> {
    this.keys.push({ ...(await exportJWK(key)), kid, use: 'sig', ...more });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('IdentityProvider', () => {
  const issuer = new Issuer();
  let own: { publicKey: CryptoKey; privateKey: CryptoKey };
  let foreign: { publicKey: CryptoKey; privateKey: CryptoKey };
  /** Milliseconds that the monotonic clock is ahead. */
  let skipped = 0;

  const provider = (settings: NodeJS.ProcessEnv = {}) =>
    new IdentityProvider(
      readConfig({ DATABASE_URL, NODE_ENV: 'test', AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE, ...settings }),
    );
  const validClaims = () => ({
    iss: issuer.url,
    aud: AUDIENCE,
    sub: 'ada',
    iat: now(),
    exp: now() + 300,
    roles: ['editor'],
  });
  const token = (
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key: CryptoKey | Uint8Array = own.privateKey,
  ) =>
    new SignJWT({ ...validClaims(), ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'own', typ: 'at+jwt', ...header })
      .sign(key, { crit: { 'urn:mdl:unknown': true } });
  const isAccepted = async (text: string, at = provider()) => (await at.identify(text)) !== undefined;
  const unavailable = expect.objectContaining({
    status: 503,
    headers: { 'retry-after': '5' },
  }) as unknown as Problem;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    await issuer.start();
    [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
    const clock = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => clock() + skipped);
  });
  beforeEach(async () => {
    issuer.reset();
    await issuer.publish('own', own.publicKey);
  });
  afterAll(() => {
    jest.restoreAllMocks();
    issuer.stop();
  });

  // The claims that the providers document, each with the audience that administrators set up for an API.
  it.each<[string, string | undefined, Record<string, unknown>]>([
    ['Keycloak', 'JWT', { typ: 'Bearer', azp: 'web', aud: [AUDIENCE, 'account'], scope: 'openid email', sid: 's' }],
    ['Keycloak, the client is its own audience', 'JWT', { typ: 'Bearer', azp: AUDIENCE, scope: 'openid' }],
    ['Keycloak before 25, with the nonce', 'JWT', { typ: 'Bearer', azp: AUDIENCE, nonce: 'n', session_state: 's' }],
    ['Auth0', 'JWT', { azp: 'web', aud: [AUDIENCE, 'https://tenant.auth0.com/userinfo'], scope: 'openid' }],
    ['Auth0, RFC 9068', 'at+jwt', { client_id: 'web', aud: [AUDIENCE], scope: 'openid', jti: 'j' }],
    ['Entra 2.0', 'JWT', { azp: 'web', azpacr: '0', scp: 'Metrics.Read', ver: '2.0', tid: 't', oid: 'o' }],
    ['Entra 2.0, one registration', 'JWT', { azp: AUDIENCE, azpacr: '0', scp: 'Metrics.Read', ver: '2.0' }],
    ['Entra 1.0', 'JWT', { appid: 'web', appidacr: '1', scp: 'Metrics.Read', ver: '1.0' }],
    ['Okta', undefined, { cid: 'web', uid: 'u', scp: ['openid'], ver: 1, jti: 'AT.1' }],
  ])('accepts an access token of %s', async (_, typ, claims) => {
    expect(await isAccepted(await token(claims, { typ } as JWTHeaderParameters))).toBe(true);
  });

  it('accepts an access token by a claim of AUTH_ACCESS_TOKEN_CLAIMS', async () => {
    // A daemon of Entra that requests a token for its own registration.
    const text = await token({ azp: AUDIENCE, azpacr: '1' }, { typ: 'JWT' });
    expect(await isAccepted(text)).toBe(false);
    expect(await isAccepted(text, provider({ AUTH_ACCESS_TOKEN_CLAIMS: 'scp, azpacr' }))).toBe(true);
  });

  it('identifies the subject of a valid token until it expires', async () => {
    const exp = now() + 300;
    expect(await provider().identify(await token({ exp }))).toEqual({
      principal: { id: 'idp:ada', role: 'editor' },
      expiresAt: exp * 1000,
    });
  });

  it('accepts the tokens of AUTH_ISSUER only', async () => {
    expect(provider().accepts(await token())).toBe(true);
    expect(provider().accepts(await token({ iss: `${issuer.url}/` }))).toBe(false);
    expect(provider().accepts('opaque')).toBe(false);
  });

  describe.each([
    ['RS256', 'RS256,RS512'],
    ['RS512', 'RS256,RS512'],
    ['PS256', 'PS256'],
    ['ES256', 'ES256,ES384'],
    ['ES384', 'ES256,ES384'],
    ['EdDSA', 'EdDSA'],
  ])('with %s', (alg, AUTH_ALGORITHMS) => {
    it(`accepts it only when AUTH_ALGORITHMS contains it: ${AUTH_ALGORITHMS}`, async () => {
      const { publicKey, privateKey } = await generateKeyPair(alg);
      await issuer.publish('other', publicKey);
      const text = await token({}, { alg, kid: 'other' }, privateKey);
      expect(await isAccepted(text, provider({ AUTH_ALGORITHMS }))).toBe(true);
      for (const others of ['RS384', 'PS512', 'ES512', ...(alg === 'EdDSA' ? [] : ['EdDSA'])])
        expect(await isAccepted(text, provider({ AUTH_ALGORITHMS: others }))).toBe(false);
    });
  });

  describe('rejects', () => {
    const MINUTE = 60;
    type Claims = Record<string, unknown>;

    it.each<[string, () => Claims, (() => Claims)?]>([
      ['another issuer', () => ({ iss: 'https://evil.example' })],
      ['an issuer with ours as prefix', () => ({ iss: `${issuer.url}/` })],
      ['no issuer', () => ({ iss: undefined })],
      ['another audience', () => ({ aud: 'payroll' }), () => ({ aud: ['payroll', AUDIENCE] })],
      ['an audience that contains ours as a substring', () => ({ aud: `${AUDIENCE}-admin` })],
      [
        'an ID token, whose audience is the client',
        () => ({ aud: 'browser-client', nonce: 'n', azp: 'browser-client' }),
      ],
      ['no audience', () => ({ aud: undefined })],
      ['no expiry', () => ({ exp: undefined })],
      ['an expiry that is not a number', () => ({ exp: '9999999999' })],
      ['a token that expired just now', () => ({ exp: now() }), () => ({ exp: now() + 5 })],
      ['a token that is not valid yet', () => ({ nbf: now() + MINUTE }), () => ({ nbf: now() + 20 })],
      ['a token issued in the future', () => ({ iat: now() + MINUTE }), () => ({ iat: now() + 20 })],
      ['no subject', () => ({ sub: undefined })],
      ['an empty subject', () => ({ sub: '' })],
      ['a subject that is not a string', () => ({ sub: 7 })],
      ['a subject of 201 characters', () => ({ sub: 'a'.repeat(201) }), () => ({ sub: 'a'.repeat(200) })],
      ['a subject with a line break', () => ({ sub: 'ada\nadmin' }), () => ({ sub: 'auth0|ada@example.com' })],
      ['no role', () => ({ roles: undefined })],
      ['a role outside the map', () => ({ roles: ['owner'] }), () => ({ roles: ['owner', 'viewer'] })],
      ['a role that is an inherited property', () => ({ roles: '__proto__' }), () => ({ roles: 'viewer' })],
    ])('%s', async (_, wrong, right = () => ({})) => {
      const at = provider();
      expect(await isAccepted(await token(wrong()), at)).toBe(false);
      expect(await isAccepted(await token(right()), at)).toBe(true);
    });

    it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
      ['a nonce', { nonce: 'n-0S6_WzA2Mj' }, {}],
      ['the hash of an access token', { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }, {}],
      ['the hash of a code', { c_hash: 'LDktKdoQak3Pk0cnXxCltA' }, {}],
      ['its client as the audience', { azp: AUDIENCE }, { azp: 'client' }],
      ['its client among the audiences', { azp: 'client', aud: ['client', AUDIENCE] }, { aud: ['other', AUDIENCE] }],
      ['the type ID as a claim', { typ: 'ID' }, { typ: 'Bearer' }],
      ['the use id', { token_use: 'id' }, { token_use: 'access' }],
    ])('an ID token, by %s', async (_, wrong, right) => {
      const at = provider();
      for (const typ of ['JWT', undefined]) {
        expect(await isAccepted(await token(wrong, { typ } as JWTHeaderParameters), at)).toBe(false);
        expect(await isAccepted(await token(right, { typ } as JWTHeaderParameters), at)).toBe(true);
      }
      // By its type it is an access token.
      expect(await isAccepted(await token(wrong), at)).toBe(true);
    });

    it('an ID token, by a claim of its own, also with a scope', async () => {
      for (const claims of [{ at_hash: 'h' }, { c_hash: 'h' }, { typ: 'ID' }, { token_use: 'id' }])
        expect(await isAccepted(await token({ ...claims, scope: 'openid' }, { typ: 'JWT' }))).toBe(false);
    });

    it('another type than at+jwt, with AUTH_REQUIRE_AT_JWT', async () => {
      const at = provider({ AUTH_REQUIRE_AT_JWT: 'true' });
      for (const typ of ['JWT', undefined, 'logout+jwt'])
        expect(await isAccepted(await token({}, { typ } as JWTHeaderParameters), at)).toBe(false);
      for (const typ of ['at+jwt', 'application/AT+JWT'])
        expect(await isAccepted(await token({}, { typ }), at)).toBe(true);
    });

    it.each<[string, () => Partial<JWTHeaderParameters>, Partial<JWTHeaderParameters>]>([
      ['the type of a logout token', () => ({ typ: 'logout+jwt' }), { typ: 'AT+JWT' }],
      ['the type of a DPoP proof', () => ({ typ: 'dpop+jwt' }), { typ: 'JWT' }],
      ['an empty type', () => ({ typ: '' }), { typ: 'application/at+jwt' }],
      ['an extension that must be understood', () => ({ crit: ['urn:mdl:unknown'], 'urn:mdl:unknown': 1 }), {}],
      ['an extension that jose supports', () => ({ crit: ['b64'], b64: true }), {}],
      ['an unknown key id', () => ({ kid: 'other' }), {}],
      ['a key id that is a path', () => ({ kid: '../../../../dev/null' }), {}],
      ['a key id that is SQL', () => ({ kid: "own' UNION SELECT 'secret" }), {}],
      ['a key id that is an inherited property', () => ({ kid: '__proto__' }), {}],
    ])('%s', async (_, wrong, right) => {
      const at = provider();
      expect(await isAccepted(await token({}, wrong()), at)).toBe(false);
      expect(await isAccepted(await token({}, right), at)).toBe(true);
      expect(issuer.requests).toEqual([DISCOVERY, '/keys']);
    });

    it('a token without a type only when it is invalid otherwise', async () => {
      const header = { alg: 'RS256', kid: 'own' };
      const typeless = new SignJWT(validClaims()).setProtectedHeader(header);
      expect(await isAccepted(await typeless.sign(own.privateKey))).toBe(true);
      expect(await isAccepted(await typeless.sign(foreign.privateKey))).toBe(false);
    });

    it('no signature (alg none), in any spelling', async () => {
      const signed = await token();
      const [, payload = '', signature = ''] = signed.split('.');
      for (const alg of ['none', 'None', 'NONE', '']) {
        const header = encoded({ alg, kid: 'own', typ: 'at+jwt' });
        for (const end of ['', signature]) expect(await isAccepted(`${header}.${payload}.${end}`)).toBe(false);
      }
      expect(await isAccepted(`${signed.split('.').slice(0, 2).join('.')}.`)).toBe(false);
      expect(await isAccepted(signed)).toBe(true);
    });

    it('the public key as a shared secret (RS256 → HS256)', async () => {
      const pem = await exportSPKI(own.publicKey);
      const jwk = JSON.stringify(issuer.keys[0]);
      for (const secret of [pem, pem.trim(), `${pem}\n`, jwk])
        expect(await isAccepted(await token({}, { alg: 'HS256' }, new TextEncoder().encode(secret)))).toBe(false);
      expect(await isAccepted(await token())).toBe(true);
    });

    it('a shared secret that the provider publishes', async () => {
      const secret = new TextEncoder().encode('a secret of more than thirty-two bytes');
      issuer.keys.push({ kty: 'oct', kid: 'shared', alg: 'HS256', k: base64url.encode(secret) });
      expect(await isAccepted(await token({}, { alg: 'HS256', kid: 'shared' }, secret))).toBe(false);
      expect(await isAccepted(await token())).toBe(true);
    });

    it('the signature of another key', async () => {
      expect(await isAccepted(await token({}, {}, foreign.privateKey))).toBe(false);
      expect(await isAccepted(await token({}, {}, own.privateKey))).toBe(true);
    });

    it('an encryption key', async () => {
      await issuer.publish('enc', foreign.publicKey, { kty: 'RSA', use: 'enc' });
      await issuer.publish('sig', foreign.publicKey);
      expect(await isAccepted(await token({}, { kid: 'enc' }, foreign.privateKey))).toBe(false);
      expect(await isAccepted(await token({}, { kid: 'sig' }, foreign.privateKey))).toBe(true);
    });

    it('a key that the token contains or links to', async () => {
      const jwk = await exportJWK(foreign.publicKey);
      const elsewhere = `${issuer.url}/evil`;
      for (const header of [{ jwk }, { jwk, kid: 'evil' }, { jku: elsewhere }, { x5u: elsewhere }, { x5c: ['MIIB'] }]) {
        expect(await isAccepted(await token({}, header, foreign.privateKey))).toBe(false);
        expect(await isAccepted(await token({}, { ...header, kid: 'own' }))).toBe(true);
      }
      expect(issuer.requests).not.toContain('/evil');
    });

    it('an altered payload', async () => {
      const text = await token();
      expect(await isAccepted(altered(text, { roles: ['admin'] }))).toBe(false);
      expect(await isAccepted(altered(text, {}))).toBe(true);
    });

    it('more than 8 KiB, before parsing', async () => {
      const sized = async (size: number) => {
        const bare = (await token({ fill: '' })).length;
        return token({ fill: 'x'.repeat(Math.floor(((size - bare) * 3) / 4)) });
      };
      const [fits, tooLong] = [await sized(8180), await sized(8260)];
      expect([fits.length <= 8192, tooLong.length > 8192]).toEqual([true, true]);
      const at = provider();
      expect(await isAccepted(tooLong, at)).toBe(false);
      expect(issuer.requests).toEqual([]);
      expect(await isAccepted(fits, at)).toBe(true);
    });

    it.each(['', '.', '..', 'a.b.c', 'mdl_test_4f6c1e9a0b2d_x', 'e30.e30.e30', 'null.null.null', '🙂.🙂.🙂'])(
      '%j, without a fetch',
      async (text) => {
        expect(await isAccepted(text)).toBe(false);
        expect(issuer.requests).toEqual([]);
      },
    );
  });

  describe('maps the role claim', () => {
    const roleOf = async (claims: Record<string, unknown>, settings: NodeJS.ProcessEnv = {}) =>
      (await provider(settings).identify(await token({ roles: undefined, ...claims })))?.principal.role;

    it('to the highest role that it contains', async () => {
      expect(await roleOf({ roles: ['viewer', 'admin', 'editor'] })).toBe('admin');
      expect(await roleOf({ roles: ['other', 'viewer'] })).toBe('viewer');
      expect(await roleOf({ roles: 'editor' })).toBe('editor');
      expect(await roleOf({ roles: 'viewer admin' })).toBeUndefined();
      expect(await roleOf({ roles: [['admin'], { admin: true }, null] })).toBeUndefined();
    });

    it('through AUTH_ROLE_MAP only', async () => {
      const settings = { AUTH_ROLE_MAP: 'mdl:read=viewer,staff=viewer,cn=ops=admin' };
      expect(await roleOf({ roles: ['staff'] }, settings)).toBe('viewer');
      expect(await roleOf({ roles: ['mdl:read', 'cn=ops'] }, settings)).toBe('admin');
      expect(await roleOf({ roles: ['admin'] }, settings)).toBeUndefined();
    });

    it('at the path AUTH_ROLE_CLAIM', async () => {
      const nested = { AUTH_ROLE_CLAIM: 'realm_access.roles' };
      expect(await roleOf({ realm_access: { roles: ['admin'] } }, nested)).toBe('admin');
      expect(await roleOf({ roles: ['admin'] }, nested)).toBeUndefined();
      expect(await roleOf({ realm_access: 'admin' }, nested)).toBeUndefined();
      const dotted = { AUTH_ROLE_CLAIM: 'https://example.com/roles' };
      expect(await roleOf({ 'https://example.com/roles': ['editor'] }, dotted)).toBe('editor');
    });
  });

  describe('the key set', () => {
    const rotate = async () => {
      issuer.keys = [];
      await issuer.publish('new', foreign.publicKey);
    };
    const newToken = () => token({}, { kid: 'new' }, foreign.privateKey);

    it('is fetched once for concurrent requests, and cached', async () => {
      const at = provider();
      const text = await token();
      const results = await Promise.all(Array.from({ length: 20 }, () => isAccepted(text, at)));
      expect(results).toEqual(results.map(() => true));
      await isAccepted(text, at);
      expect(issuer.requests).toEqual([DISCOVERY, '/keys']);
    });

    it('is fetched from AUTH_JWKS_URL when set', async () => {
      expect(await isAccepted(await token(), provider({ AUTH_JWKS_URL: `${issuer.url}/keys` }))).toBe(true);
      expect(issuer.requests).toEqual(['/keys']);
    });

    it('is fetched again for an unknown key id; a withdrawn key is rejected from then on', async () => {
      const at = provider();
      const [old, fresh] = [await token(), await newToken()];
      expect(await isAccepted(old, at)).toBe(true);
      await rotate();
      skipped += 31_000;
      expect([await isAccepted(old, at), await isAccepted(fresh, at)]).toEqual([true, true]);
      expect(await isAccepted(old, at)).toBe(false);
    });

    it('is fetched for unknown key ids at most once in 30 seconds', async () => {
      const at = provider();
      await isAccepted(await token(), at);
      const tryUnknownIds = async () => {
        for (let id = 0; id < 20; id++) expect(await isAccepted(await token({}, { kid: `${id}` }), at)).toBe(false);
        return issuer.requests.filter((path) => path === '/keys').length;
      };
      expect(await tryUnknownIds()).toBe(1);
      skipped += 29_000;
      expect(await tryUnknownIds()).toBe(1);
      skipped += 2_000;
      expect(await tryUnknownIds()).toBe(2);
    });

    it('is fetched again after ten minutes, so that a withdrawn key is rejected', async () => {
      const at = provider();
      const old = await token();
      expect(await isAccepted(old, at)).toBe(true);
      await rotate();
      skipped += 599_000;
      expect(await isAccepted(old, at)).toBe(true);
      skipped += 2_000;
      expect(await isAccepted(old, at)).toBe(false);
    });

    it('makes the provider unavailable when the first fetch fails, until a retry after 5 seconds', async () => {
      const at = provider();
      const text = await token();
      issuer.override = (response) => response.writeHead(500).end();
      await expect(at.identify(text)).rejects.toEqual(unavailable);
      issuer.override = undefined;
      await expect(at.identify(text)).rejects.toEqual(unavailable);
      expect(issuer.requests).toEqual([DISCOVERY]);
      skipped += 5_100;
      expect(await isAccepted(text, at)).toBe(true);
    });

    it('stays in use while the provider is down; unknown keys get 503', async () => {
      const at = provider();
      const [old, fresh] = [await token(), await newToken()];
      expect(await isAccepted(old, at)).toBe(true);
      await rotate();
      issuer.override = (response) => response.destroy();
      skipped += 3_600_000;
      expect(await isAccepted(old, at)).toBe(true);
      await expect(at.identify(fresh)).rejects.toEqual(unavailable);
      expect(await isAccepted(old, at)).toBe(true);
      expect(issuer.requests.filter((path) => path === '/keys')).toHaveLength(1);
      issuer.override = undefined;
      skipped += 31_000;
      expect([await isAccepted(fresh, at), await isAccepted(old, at)]).toEqual([true, false]);
    });

    it('is fetched with a timeout of two seconds', async () => {
      issuer.override = () => undefined;
      const text = await token();
      const start = Date.now();
      await expect(provider().identify(text)).rejects.toEqual(unavailable);
      expect(Date.now() - start).toBeGreaterThan(1_900);
      expect(Date.now() - start).toBeLessThan(4_000);
    });

    it.each<[string, () => void]>([
      ['with a discovery document of another issuer', () => (issuer.document['issuer'] = 'https://evil.example')],
      ['with a discovery document without an issuer', () => delete issuer.document['issuer']],
      ['with a discovery document without jwks_uri', () => delete issuer.document['jwks_uri']],
      ['at an invalid URL', () => (issuer.document['jwks_uri'] = 'keys')],
      ['at a URL that does not exist', () => (issuer.document['jwks_uri'] = `${issuer.url}/none`)],
      ['that is not JSON', () => (issuer.override = (response) => response.end('<html>'))],
      ['that is not a key set', () => (issuer.override = (response) => response.end('{"keys":{}}'))],
    ])('%s is not used', async (_, spoil) => {
      const AUTH_JWKS_URL = issuer.document['jwks_uri'] as string;
      const text = await token();
      const isSet = () => issuer.override !== undefined;
      spoil();
      await expect(provider().identify(text)).rejects.toEqual(unavailable);
      if (isSet()) await expect(provider({ AUTH_JWKS_URL }).identify(text)).rejects.toEqual(unavailable);
      issuer.reset();
      await issuer.publish('own', own.publicKey);
      expect(await isAccepted(text)).toBe(true);
    });

    it.each<[string, NodeJS.ProcessEnv]>([
      [DISCOVERY, {}],
      ['/keys', { AUTH_JWKS_URL: '/keys' }],
    ])('is not read from a redirect or an error: %s', async (path, { AUTH_JWKS_URL }) => {
      const at = () => provider(AUTH_JWKS_URL ? { AUTH_JWKS_URL: issuer.url + AUTH_JWKS_URL } : {});
      const text = await token();
      const body = JSON.stringify({ ...issuer.document, keys: issuer.keys });
      for (const [status, location] of [
        [302, path],
        [307, path],
        [404, ''],
        [500, ''],
      ] as const) {
        // Once: a client that follows the redirect finds a valid document.
        issuer.override = (response) => {
          issuer.override = undefined;
          response.writeHead(status, { location }).end(body);
        };
        await expect(at().identify(text)).rejects.toEqual(unavailable);
      }
      expect(await isAccepted(text, at())).toBe(true);
    });

    it('is not fetched without TLS when the issuer has TLS', async () => {
      const url = 'https://idp.example/tenant/';
      const fetches = jest
        .spyOn(globalThis, 'fetch')
        .mockResolvedValue(Response.json({ issuer: url, jwks_uri: `${issuer.url}/keys` }));
      try {
        await expect(provider({ AUTH_ISSUER: url }).identify(await token({ iss: url }))).rejects.toEqual(unavailable);
        expect(fetches.mock.calls.map(([url]) => url)).toEqual([`https://idp.example/tenant${DISCOVERY}`]);
      } finally {
        fetches.mockRestore();
      }
    });
  });
});

describe('the settings of the identity provider', () => {
  const fault = (settings: NodeJS.ProcessEnv) => {
    try {
      readConfig({ DATABASE_URL, ...settings });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const valid = { AUTH_ISSUER: 'https://idp.example', AUTH_AUDIENCE: AUDIENCE };

  it.each([
    ['AUTH_ISSUER', 'idp.example'],
    ['AUTH_ISSUER', 'ftp://idp.example'],
    ['AUTH_ISSUER', 'https://user:password@idp.example'],
    ['AUTH_JWKS_URL', '/keys'],
    ['AUTH_ALGORITHMS', 'HS256'],
    ['AUTH_ALGORITHMS', 'none'],
    ['AUTH_ALGORITHMS', 'RS256,HS256'],
    ['AUTH_ALGORITHMS', 'RS256,ES256'],
    ['AUTH_ALGORITHMS', 'RS256,'],
    ['AUTH_ROLE_MAP', 'staff'],
    ['AUTH_ROLE_MAP', 'staff=owner'],
    ['AUTH_ROLE_MAP', '=admin'],
    ['AUTH_ROLE_MAP', 'staff=viewer,'],
  ])('%s cannot be %j', (name, value) => {
    expect(fault({ ...valid, [name]: value })).toMatch(new RegExp(`^${name}: must be [^\n]*$`));
    expect(fault(valid)).toBeUndefined();
  });

  it('require an audience', () => {
    expect(fault({ AUTH_ISSUER: valid.AUTH_ISSUER })).toMatch(/^AUTH_AUDIENCE: /);
  });

  it.each(['AUTH_ISSUER', 'AUTH_JWKS_URL'])('require TLS in production: %s', (name) => {
    const plain = { ...valid, [name]: 'http://idp.example' };
    expect(fault(plain)).toBeUndefined();
    expect(fault({ ...plain, NODE_ENV: 'production' })).toBe(`${name}: must be https`);
    expect(fault({ ...valid, NODE_ENV: 'production' })).toBeUndefined();
  });
});

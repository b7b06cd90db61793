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
import { CredentialSources } from '../credentials/credential-sources';
import { IdentityProvider } from './identity-provider';

const DATABASE_URL = 'postgresql://localhost:5432/mdl';
const AUDIENCE = 'mdl';
const DISCOVERY = '/.well-known/openid-configuration';
const now = () => Math.floor(Date.now() / 1000);
const encoded = (value: unknown) => base64url.encode(JSON.stringify(value));
/** The token with another claim, its signature kept. */
const altered = (token: string, claim: Record<string, unknown>) => {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload))) as object;
  return [header, encoded({ ...claims, ...claim }), signature].join('.');
};

/** An identity provider on this machine. */
class Issuer {
  url = '';
  keys: JWK[] = [];
  /** Paths that were asked for. */
  asked: string[] = [];
  document: Record<string, unknown> = {};
  /** Answers instead, where it is set. */
  trouble: ((response: ServerResponse) => void) | undefined;

  private readonly server: Server = createServer(({ url = '' }, response) => {
    this.asked.push(url);
    if (this.trouble) return this.trouble(response);
    const body = { [DISCOVERY]: this.document, '/keys': { keys: this.keys } }[url];
    response.writeHead(body ? 200 : 404).end(JSON.stringify(body ?? {}));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As new, with no keys. */
  reset(): void {
    this.asked = [];
    this.trouble = undefined;
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

describe('the identity provider', () => {
  const issuer = new Issuer();
  let own: { publicKey: CryptoKey; privateKey: CryptoKey };
  let foreign: { publicKey: CryptoKey; privateKey: CryptoKey };
  /** Milliseconds that the clock of the fetches is ahead. */
  let skipped = 0;

  const provider = (settings: NodeJS.ProcessEnv = {}) =>
    new IdentityProvider(
      readConfig({ DATABASE_URL, NODE_ENV: 'test', AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE, ...settings }),
      new CredentialSources(),
    );
  const goodClaims = () => ({
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
    new SignJWT({ ...goodClaims(), ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'own', typ: 'at+jwt', ...header })
      .sign(key, { crit: { 'urn:mdl:unknown': true } });
  const isGood = async (text: string, at = provider()) => (await at.identify(text)) !== undefined;
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

  it('identifies whom a good token names, until the token ends', async () => {
    const exp = now() + 300;
    expect(await provider().identify(await token({ exp }))).toEqual({
      principal: { id: 'idp:ada', role: 'editor' },
      expiresAt: exp * 1000,
    });
  });

  it('is off without AUTH_ISSUER', async () => {
    const sources = new CredentialSources();
    expect(await new IdentityProvider(readConfig({ DATABASE_URL }), sources).identify(await token())).toBeUndefined();
    expect(sources.find(await token())).toBeUndefined();
    expect(issuer.asked).toEqual([]);
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
    it(`takes it where AUTH_ALGORITHMS is ${AUTH_ALGORITHMS}, and nowhere else`, async () => {
      const { publicKey, privateKey } = await generateKeyPair(alg);
      await issuer.publish('other', publicKey);
      const text = await token({}, { alg, kid: 'other' }, privateKey);
      expect(await isGood(text, provider({ AUTH_ALGORITHMS }))).toBe(true);
      for (const others of ['RS384', 'PS512', 'ES512', ...(alg === 'EdDSA' ? [] : ['EdDSA'])])
        expect(await isGood(text, provider({ AUTH_ALGORITHMS: others }))).toBe(false);
    });
  });

  describe('refuses', () => {
    const MINUTE = 60;
    type Claims = Record<string, unknown>;

    it.each<[string, () => Claims, (() => Claims)?]>([
      ['another issuer', () => ({ iss: 'https://evil.example' })],
      ['an issuer that begins like ours', () => ({ iss: `${issuer.url}/` })],
      ['no issuer', () => ({ iss: undefined })],
      ['another audience', () => ({ aud: 'payroll' }), () => ({ aud: ['payroll', AUDIENCE] })],
      ['an audience that contains ours as text', () => ({ aud: `${AUDIENCE}-admin` })],
      ['an ID token, which is for the client', () => ({ aud: 'browser-client', nonce: 'n', azp: 'browser-client' })],
      ['no audience', () => ({ aud: undefined })],
      ['no end', () => ({ exp: undefined })],
      ['an end that is no number', () => ({ exp: '9999999999' })],
      ['a token that has ended just now', () => ({ exp: now() }), () => ({ exp: now() + 5 })],
      ['a token that begins later', () => ({ nbf: now() + MINUTE }), () => ({ nbf: now() + 20 })],
      ['a token from the future', () => ({ iat: now() + MINUTE }), () => ({ iat: now() + 20 })],
      ['no subject', () => ({ sub: undefined })],
      ['an empty subject', () => ({ sub: '' })],
      ['a subject that is no text', () => ({ sub: 7 })],
      ['a subject of 201 characters', () => ({ sub: 'a'.repeat(201) }), () => ({ sub: 'a'.repeat(200) })],
      ['a subject with a line break', () => ({ sub: 'ada\nadmin' }), () => ({ sub: 'auth0|ada@example.com' })],
      ['no role', () => ({ roles: undefined })],
      ['a role that is not in the map', () => ({ roles: ['owner'] }), () => ({ roles: ['owner', 'viewer'] })],
      ['a role that is an inherited property', () => ({ roles: '__proto__' }), () => ({ roles: 'viewer' })],
    ])('%s', async (_, wrong, right = () => ({})) => {
      const at = provider();
      expect(await isGood(await token(wrong()), at)).toBe(false);
      expect(await isGood(await token(right()), at)).toBe(true);
    });

    it.each<[string, () => Partial<JWTHeaderParameters>, Partial<JWTHeaderParameters>]>([
      ['the type of a logout token', () => ({ typ: 'logout+jwt' }), { typ: 'AT+JWT' }],
      ['the type of a proof', () => ({ typ: 'dpop+jwt' }), { typ: 'JWT' }],
      ['an empty type', () => ({ typ: '' }), { typ: 'application/at+jwt' }],
      ['an extension that must be understood', () => ({ crit: ['urn:mdl:unknown'], 'urn:mdl:unknown': 1 }), {}],
      ['an extension that jose understands', () => ({ crit: ['b64'], b64: true }), {}],
      ['an unknown key id', () => ({ kid: 'other' }), {}],
      ['a key id that is a path', () => ({ kid: '../../../../dev/null' }), {}],
      ['a key id that is SQL', () => ({ kid: "own' UNION SELECT 'secret" }), {}],
      ['a key id that is an inherited property', () => ({ kid: '__proto__' }), {}],
    ])('%s', async (_, wrong, right) => {
      const at = provider();
      expect(await isGood(await token({}, wrong()), at)).toBe(false);
      expect(await isGood(await token({}, right), at)).toBe(true);
      expect(issuer.asked).toEqual([DISCOVERY, '/keys']);
    });

    it('a token without a type only where something else is wrong', async () => {
      const header = { alg: 'RS256', kid: 'own' };
      const typeless = new SignJWT(goodClaims()).setProtectedHeader(header);
      expect(await isGood(await typeless.sign(own.privateKey))).toBe(true);
      expect(await isGood(await typeless.sign(foreign.privateKey))).toBe(false);
    });

    it('no signature (alg none), in any spelling', async () => {
      const signed = await token();
      const [, payload = '', signature = ''] = signed.split('.');
      for (const alg of ['none', 'None', 'NONE', '']) {
        const header = encoded({ alg, kid: 'own', typ: 'at+jwt' });
        for (const end of ['', signature]) expect(await isGood(`${header}.${payload}.${end}`)).toBe(false);
      }
      expect(await isGood(`${signed.split('.').slice(0, 2).join('.')}.`)).toBe(false);
      expect(await isGood(signed)).toBe(true);
    });

    it('the public key taken for a shared secret (RS256 → HS256)', async () => {
      const pem = await exportSPKI(own.publicKey);
      const jwk = JSON.stringify(issuer.keys[0]);
      for (const secret of [pem, pem.trim(), `${pem}\n`, jwk])
        expect(await isGood(await token({}, { alg: 'HS256' }, new TextEncoder().encode(secret)))).toBe(false);
      expect(await isGood(await token())).toBe(true);
    });

    it('a shared secret that the provider publishes', async () => {
      const secret = new TextEncoder().encode('a secret of more than thirty-two bytes');
      issuer.keys.push({ kty: 'oct', kid: 'shared', alg: 'HS256', k: base64url.encode(secret) });
      expect(await isGood(await token({}, { alg: 'HS256', kid: 'shared' }, secret))).toBe(false);
      expect(await isGood(await token())).toBe(true);
    });

    it('the signature of another key', async () => {
      expect(await isGood(await token({}, {}, foreign.privateKey))).toBe(false);
      expect(await isGood(await token({}, {}, own.privateKey))).toBe(true);
    });

    it('a key that is for encryption', async () => {
      await issuer.publish('enc', foreign.publicKey, { kty: 'RSA', use: 'enc' });
      await issuer.publish('sig', foreign.publicKey);
      expect(await isGood(await token({}, { kid: 'enc' }, foreign.privateKey))).toBe(false);
      expect(await isGood(await token({}, { kid: 'sig' }, foreign.privateKey))).toBe(true);
    });

    it('the key that a token brings along or points to', async () => {
      const jwk = await exportJWK(foreign.publicKey);
      const elsewhere = `${issuer.url}/evil`;
      for (const header of [{ jwk }, { jwk, kid: 'evil' }, { jku: elsewhere }, { x5u: elsewhere }, { x5c: ['MIIB'] }]) {
        expect(await isGood(await token({}, header, foreign.privateKey))).toBe(false);
        expect(await isGood(await token({}, { ...header, kid: 'own' }))).toBe(true);
      }
      expect(issuer.asked).not.toContain('/evil');
    });

    it('a payload that was altered', async () => {
      const text = await token();
      expect(await isGood(altered(text, { roles: ['admin'] }))).toBe(false);
      expect(await isGood(altered(text, {}))).toBe(true);
    });

    it('more than 8 KiB, before it is parsed', async () => {
      const sized = async (size: number) => {
        const bare = (await token({ fill: '' })).length;
        return token({ fill: 'x'.repeat(Math.floor(((size - bare) * 3) / 4)) });
      };
      const [fits, tooLong] = [await sized(8180), await sized(8260)];
      expect([fits.length <= 8192, tooLong.length > 8192]).toEqual([true, true]);
      const at = provider();
      expect(await isGood(tooLong, at)).toBe(false);
      expect(issuer.asked).toEqual([]);
      expect(await isGood(fits, at)).toBe(true);
    });

    it.each(['', '.', '..', 'a.b.c', 'mdl_test_4f6c1e9a0b2d_x', 'e30.e30.e30', 'null.null.null', '🙂.🙂.🙂'])(
      '%j, without asking anybody',
      async (text) => {
        expect(await isGood(text)).toBe(false);
        expect(issuer.asked).toEqual([]);
      },
    );
  });

  describe('gives the role', () => {
    const roleOf = async (claims: Record<string, unknown>, settings: NodeJS.ProcessEnv = {}) =>
      (await provider(settings).identify(await token({ roles: undefined, ...claims })))?.principal.role;

    it('that is the highest of those in the claim', async () => {
      expect(await roleOf({ roles: ['viewer', 'admin', 'editor'] })).toBe('admin');
      expect(await roleOf({ roles: ['nobody', 'viewer'] })).toBe('viewer');
      expect(await roleOf({ roles: 'editor' })).toBe('editor');
      expect(await roleOf({ roles: 'viewer admin' })).toBeUndefined();
      expect(await roleOf({ roles: [['admin'], { admin: true }, null] })).toBeUndefined();
    });

    it('that AUTH_ROLE_MAP makes of its values, and no other', async () => {
      const settings = { AUTH_ROLE_MAP: 'mdl:read=viewer,staff=viewer,cn=ops=admin' };
      expect(await roleOf({ roles: ['staff'] }, settings)).toBe('viewer');
      expect(await roleOf({ roles: ['mdl:read', 'cn=ops'] }, settings)).toBe('admin');
      expect(await roleOf({ roles: ['admin'] }, settings)).toBeUndefined();
    });

    it('at the path of AUTH_ROLE_CLAIM', async () => {
      const nested = { AUTH_ROLE_CLAIM: 'realm_access.roles' };
      expect(await roleOf({ realm_access: { roles: ['admin'] } }, nested)).toBe('admin');
      expect(await roleOf({ roles: ['admin'] }, nested)).toBeUndefined();
      expect(await roleOf({ realm_access: 'admin' }, nested)).toBeUndefined();
      const dotted = { AUTH_ROLE_CLAIM: 'https://example.com/roles' };
      expect(await roleOf({ 'https://example.com/roles': ['editor'] }, dotted)).toBe('editor');
    });
  });

  describe('its keys', () => {
    const rotate = async () => {
      issuer.keys = [];
      await issuer.publish('new', foreign.publicKey);
    };
    const newToken = () => token({}, { kid: 'new' }, foreign.privateKey);

    it('are fetched once for all who ask at the same time, and kept', async () => {
      const at = provider();
      const text = await token();
      const answers = await Promise.all(Array.from({ length: 20 }, () => isGood(text, at)));
      expect(answers).toEqual(answers.map(() => true));
      await isGood(text, at);
      expect(issuer.asked).toEqual([DISCOVERY, '/keys']);
    });

    it('come from AUTH_JWKS_URL where it is set', async () => {
      expect(await isGood(await token(), provider({ AUTH_JWKS_URL: `${issuer.url}/keys` }))).toBe(true);
      expect(issuer.asked).toEqual(['/keys']);
    });

    it('are fetched again for an unknown one, and the old one is refused from then on', async () => {
      const at = provider();
      const [old, fresh] = [await token(), await newToken()];
      expect(await isGood(old, at)).toBe(true);
      await rotate();
      skipped += 31_000;
      expect([await isGood(old, at), await isGood(fresh, at)]).toEqual([true, true]);
      expect(await isGood(old, at)).toBe(false);
    });

    it('are fetched for unknown ones once in 30 seconds', async () => {
      const at = provider();
      await isGood(await token(), at);
      const ask = async () => {
        for (let id = 0; id < 20; id++) expect(await isGood(await token({}, { kid: `${id}` }), at)).toBe(false);
        return issuer.asked.filter((path) => path === '/keys').length;
      };
      expect(await ask()).toBe(1);
      skipped += 29_000;
      expect(await ask()).toBe(1);
      skipped += 2_000;
      expect(await ask()).toBe(2);
    });

    it('are fetched again after ten minutes, so that one taken back is refused', async () => {
      const at = provider();
      const old = await token();
      expect(await isGood(old, at)).toBe(true);
      await rotate();
      skipped += 599_000;
      expect(await isGood(old, at)).toBe(true);
      skipped += 2_000;
      expect(await isGood(old, at)).toBe(false);
    });

    it('make it unavailable when they cannot be had at first, for a few seconds', async () => {
      const at = provider();
      const text = await token();
      issuer.trouble = (response) => response.writeHead(500).end();
      await expect(at.identify(text)).rejects.toEqual(unavailable);
      issuer.trouble = undefined;
      await expect(at.identify(text)).rejects.toEqual(unavailable);
      expect(issuer.asked).toEqual([DISCOVERY]);
      skipped += 5_100;
      expect(await isGood(text, at)).toBe(true);
    });

    it('go on to be good while the provider is down; unknown ones wait for it', async () => {
      const at = provider();
      const [old, fresh] = [await token(), await newToken()];
      expect(await isGood(old, at)).toBe(true);
      await rotate();
      issuer.trouble = (response) => response.destroy();
      skipped += 3_600_000;
      expect(await isGood(old, at)).toBe(true);
      await expect(at.identify(fresh)).rejects.toEqual(unavailable);
      expect(await isGood(old, at)).toBe(true);
      expect(issuer.asked.filter((path) => path === '/keys')).toHaveLength(1);
      issuer.trouble = undefined;
      skipped += 31_000;
      expect([await isGood(fresh, at), await isGood(old, at)]).toEqual([true, false]);
    });

    it('are waited for two seconds at most', async () => {
      issuer.trouble = () => undefined;
      const text = await token();
      const start = Date.now();
      await expect(provider().identify(text)).rejects.toEqual(unavailable);
      expect(Date.now() - start).toBeGreaterThan(1_900);
      expect(Date.now() - start).toBeLessThan(4_000);
    });

    it.each<[string, () => void]>([
      ['of another issuer', () => (issuer.document['issuer'] = 'https://evil.example')],
      ['of no issuer', () => delete issuer.document['issuer']],
      ['at no address', () => delete issuer.document['jwks_uri']],
      ['at an address that is none', () => (issuer.document['jwks_uri'] = 'keys')],
      ['at an address that does not exist', () => (issuer.document['jwks_uri'] = `${issuer.url}/none`)],
      ['that are no JSON', () => (issuer.trouble = (response) => response.end('<html>'))],
      ['that are no key set', () => (issuer.trouble = (response) => response.end('{"keys":{}}'))],
    ])('%s are not taken', async (_, spoil) => {
      const AUTH_JWKS_URL = issuer.document['jwks_uri'] as string;
      const text = await token();
      const isSet = () => issuer.trouble !== undefined;
      spoil();
      await expect(provider().identify(text)).rejects.toEqual(unavailable);
      if (isSet()) await expect(provider({ AUTH_JWKS_URL }).identify(text)).rejects.toEqual(unavailable);
      issuer.reset();
      await issuer.publish('own', own.publicKey);
      expect(await isGood(text)).toBe(true);
    });

    it.each<[string, NodeJS.ProcessEnv]>([
      [DISCOVERY, {}],
      ['/keys', { AUTH_JWKS_URL: '/keys' }],
    ])('are not taken behind a redirect or out of an error: %s', async (path, { AUTH_JWKS_URL }) => {
      const at = () => provider(AUTH_JWKS_URL ? { AUTH_JWKS_URL: issuer.url + AUTH_JWKS_URL } : {});
      const text = await token();
      const body = JSON.stringify({ ...issuer.document, keys: issuer.keys });
      for (const [status, location] of [
        [302, path],
        [307, path],
        [404, ''],
        [500, ''],
      ] as const) {
        // Once: whoever followed would find the good document.
        issuer.trouble = (response) => {
          issuer.trouble = undefined;
          response.writeHead(status, { location }).end(body);
        };
        await expect(at().identify(text)).rejects.toEqual(unavailable);
      }
      expect(await isGood(text, at())).toBe(true);
    });

    it('are not taken without TLS from an issuer that has it', async () => {
      const url = 'https://idp.example/tenant/';
      const answers = jest
        .spyOn(globalThis, 'fetch')
        .mockResolvedValue(Response.json({ issuer: url, jwks_uri: `${issuer.url}/keys` }));
      try {
        await expect(provider({ AUTH_ISSUER: url }).identify(await token({ iss: url }))).rejects.toEqual(unavailable);
        expect(answers.mock.calls.map(([asked]) => asked)).toEqual([`https://idp.example/tenant${DISCOVERY}`]);
      } finally {
        answers.mockRestore();
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
  const good = { AUTH_ISSUER: 'https://idp.example', AUTH_AUDIENCE: AUDIENCE };

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
  ])('%s is not %j', (name, value) => {
    expect(fault({ ...good, [name]: value })).toMatch(new RegExp(`^${name}: must be [^\n]*$`));
    expect(fault(good)).toBeUndefined();
  });

  it('ask for an audience', () => {
    expect(fault({ AUTH_ISSUER: good.AUTH_ISSUER })).toMatch(/^AUTH_AUDIENCE: /);
  });

  it.each(['AUTH_ISSUER', 'AUTH_JWKS_URL'])('ask in production for TLS: %s', (name) => {
    const plain = { ...good, [name]: 'http://idp.example' };
    expect(fault(plain)).toBeUndefined();
    expect(fault({ ...plain, NODE_ENV: 'production' })).toBe(`${name}: must be https`);
    expect(fault({ ...good, NODE_ENV: 'production' })).toBeUndefined();
  });
});

import { hkdfSync } from 'node:crypto';
import { base64url, type CryptoKey, decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose';
import { readConfig } from '../../config/config';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens';

const DATABASE_URL = 'postgresql://mdl:secret@localhost:5432/mdl';
const SECRET = 'Zq8vT1nWc4xR7yLp2sDkFg6hJm9bNa0e';
const SESSION = '6f1d7b0e-3c59-4f0a-9a52-0d7f3c1e8b44';
const now = () => Math.floor(Date.now() / 1000);
const encoded = (value: unknown) => base64url.encode(JSON.stringify(value));
const tokensOf = (AUTH_SECRET?: string) =>
  new AccessTokens(readConfig({ DATABASE_URL, NODE_ENV: 'test', AUTH_SECRET }));
/** The key that every instance and version derives from a secret. */
const keyOf = (secret: string) => new Uint8Array(hkdfSync('sha256', secret, '', 'mdl access token', 32));

describe('an access token', () => {
  const tokens = tokensOf(SECRET);
  let good: string;
  let kid: string | undefined;

  beforeAll(async () => {
    good = await tokens.sign('ada@example.com', SESSION);
    ({ kid } = decodeProtectedHeader(good));
  });

  const isGood = async (token: string, at = tokens) => (await at.verify(token)) !== undefined;
  type Members = Record<string, unknown>;
  /** A token as the service issues it, or with other claims, header or key. */
  const forged = (claims: Members = {}, header: Members = {}, key: Uint8Array | CryptoKey = keyOf(SECRET)) =>
    new SignJWT({
      iss: 'mdl',
      aud: 'mdl',
      sub: 'ada@example.com',
      sid: SESSION,
      iat: now(),
      exp: now() + 300,
      ...claims,
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: kid ?? '', ...header })
      .sign(key, { crit: { 'urn:mdl:unknown': true } });

  it('names its user and session, and expires after 15 minutes', async () => {
    const { exp = 0, iat = 0, jti } = decodeJwt(good);
    expect(exp - iat).toBe(ACCESS_TOKEN_SECONDS);
    expect(ACCESS_TOKEN_SECONDS).toBe(15 * 60);
    expect(Math.abs(iat - now())).toBeLessThan(5);
    expect(await tokens.verify(good)).toEqual({ user: 'ada@example.com', session: SESSION, expiresAt: exp * 1000 });
    expect(decodeProtectedHeader(good)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid });
    expect(decodeJwt(await tokens.sign('ada@example.com', SESSION)).jti).not.toBe(jti);
  });

  it('contains neither the secret nor the role', () => {
    expect(JSON.stringify([decodeJwt(good), decodeProtectedHeader(good), good])).not.toContain(SECRET);
    expect(Object.keys(decodeJwt(good)).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
  });

  describe('is rejected with', () => {
    it.each<[string, () => Members, (() => Members)?]>([
      ['another issuer', () => ({ iss: 'https://idp.example' })],
      ['an issuer with our issuer as prefix', () => ({ iss: 'mdl/' })],
      ['no issuer', () => ({ iss: undefined })],
      ['another audience', () => ({ aud: 'payroll' }), () => ({ aud: ['payroll', 'mdl'] })],
      ['an audience that contains ours as a substring', () => ({ aud: 'mdl-admin' })],
      ['no audience', () => ({ aud: undefined })],
      ['an expiry in the past', () => ({ exp: now() }), () => ({ exp: now() + 5 })],
      ['no expiry', () => ({ exp: undefined })],
      ['an expiry that is not a number', () => ({ exp: '9999999999' })],
      ['a start in the future', () => ({ nbf: now() + 60 }), () => ({ nbf: now() - 60 })],
      ['no subject', () => ({ sub: undefined })],
      ['no session', () => ({ sid: undefined })],
      ['a session that is a number', () => ({ sid: 7 })],
      ['a session that is a list', () => ({ sid: [SESSION] })],
      ['a session that is null', () => ({ sid: null })],
    ])('%s', async (_, wrong, right = () => ({})) => {
      expect(await isGood(await forged(wrong()))).toBe(false);
      expect(await isGood(await forged(right()))).toBe(true);
    });

    it.each<[string, Members, Members?]>([
      ['the generic type JWT', { typ: 'JWT' }, { typ: 'AT+JWT' }],
      ['the type of a logout token', { typ: 'logout+jwt' }, { typ: 'application/at+jwt' }],
      ['no type', { typ: undefined }],
      ['an unknown key id', { kid: '00000000' }],
      ['no key id', { kid: undefined }],
      ['an empty key id', { kid: '' }],
      ['a key id that is a path', { kid: '../../../../dev/null' }],
      ['a key id that is SQL', { kid: `' UNION SELECT '` }],
      ['a key id that is an inherited property', { kid: '__proto__' }],
      ['a key id that is a list', { kid: ['../dev/null'] }],
      ['a key id that is an object', { kid: { toString: 'x' } }],
      ['an extension that must be understood', { crit: ['urn:mdl:unknown'], 'urn:mdl:unknown': 1 }],
    ])('%s', async (_, wrong, right = {}) => {
      expect(await isGood(await forged({}, wrong))).toBe(false);
      expect(await isGood(await forged({}, right))).toBe(true);
    });

    it('a valid key id in a list', async () => {
      expect(await isGood(await forged({}, { kid: [kid] }))).toBe(false);
      expect(await isGood(await forged({}, { kid }))).toBe(true);
    });

    it('no signature (alg none), in any spelling', async () => {
      const [, payload = '', signature = ''] = good.split('.');
      for (const alg of ['none', 'None', 'NONE', '', 'hs256'])
        for (const end of ['', signature])
          expect(await isGood(`${encoded({ alg, typ: 'at+jwt', kid })}.${payload}.${end}`)).toBe(false);
      expect(await isGood(`${good.slice(0, good.lastIndexOf('.'))}.`)).toBe(false);
      expect(await isGood(good.slice(0, good.lastIndexOf('.')))).toBe(false);
      expect(await isGood(good)).toBe(true);
    });

    it('another algorithm with the right key', async () => {
      for (const alg of ['HS384', 'HS512']) {
        // As long as the algorithm requires: HMAC pads a short key with zeros.
        const key = Buffer.concat([keyOf(SECRET), Buffer.alloc(32)]);
        expect(await isGood(await forged({}, { alg }, key))).toBe(false);
        expect(await isGood(await forged({}, { alg: 'HS256' }, key))).toBe(true);
      }
      const { privateKey } = await generateKeyPair('RS256');
      expect(await isGood(await forged({}, { alg: 'RS256' }, privateKey))).toBe(false);
    });

    it('another key', async () => {
      const bytes = (text: string) => new TextEncoder().encode(text);
      for (const key of [keyOf('another secret'), bytes(SECRET), keyOf(''), bytes(kid ?? ''), new Uint8Array(32)])
        expect(await isGood(await forged({}, {}, key))).toBe(false);
      expect(await isGood(await forged({}, {}, keyOf(SECRET)))).toBe(true);
    });

    it('a key in its own header', async () => {
      const key = keyOf('another secret');
      const jwk = { kty: 'oct', k: base64url.encode(key) };
      for (const header of [{ jwk }, { jwk, kid: undefined }, { jku: 'https://evil.example' }]) {
        expect(await isGood(await forged({}, header, key))).toBe(false);
        expect(await isGood(await forged({}, { ...header, kid }))).toBe(true);
      }
    });

    it('any altered part', async () => {
      const [header = '', payload = '', signature = ''] = good.split('.');
      const claims = decodeJwt(good);
      const changed = [
        [header, encoded({ ...claims, sub: 'root@example.com' }), signature],
        [header, encoded({ ...claims, exp: now() + 1e6 }), signature],
        [encoded({ ...decodeProtectedHeader(good), x: 1 }), payload, signature],
        [header, payload, signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
        [header, payload, signature.slice(0, -4)],
        [header, payload, `${signature}AAAA`],
      ];
      for (const parts of changed) expect(await isGood(parts.join('.'))).toBe(false);
      expect(await isGood([header, encoded(claims), signature].join('.'))).toBe(true);
    });

    it.each(['', '.', '..', 'a.b.c', 'e30.e30.e30', 'null.null.null', '🙂.🙂.🙂', `mdl_refresh_${'x'.repeat(43)}`])(
      'another form: %j',
      async (text) => {
        expect(await isGood(text)).toBe(false);
        expect(tokens.isClaimed(text)).toBe(false);
      },
    );
  });

  it('is claimed by its iss claim, without verification', async () => {
    expect(tokens.isClaimed(good)).toBe(true);
    expect(tokens.isClaimed(await forged({}, {}, keyOf('another secret')))).toBe(true);
    expect(tokens.isClaimed(await forged({ iss: 'https://idp.example' }))).toBe(false);
    expect(tokens.isClaimed(await forged({ iss: ['mdl'] }))).toBe(false);
  });
});

describe('the secret of access tokens', () => {
  const [OLD, NEW, THIRD] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)];
  const sign = (tokens: AccessTokens) => tokens.sign('ada', SESSION);
  const isGood = async (token: string, at: AccessTokens) => (await at.verify(token)) !== undefined;

  it('is shared by all instances', async () => {
    expect(await isGood(await sign(tokensOf(OLD)), tokensOf(OLD))).toBe(true);
    expect(await isGood(await sign(tokensOf(OLD)), tokensOf(NEW))).toBe(false);
  });

  it('is rotated with two secrets: both verify, the first signs', async () => {
    const both = tokensOf(`${NEW},${OLD}`);
    expect(await isGood(await sign(tokensOf(OLD)), both)).toBe(true);
    expect(await isGood(await sign(tokensOf(NEW)), both)).toBe(true);
    expect(await isGood(await sign(tokensOf(THIRD)), both)).toBe(false);
    expect(await isGood(await sign(both), tokensOf(NEW))).toBe(true);
    expect(await isGood(await sign(both), tokensOf(OLD))).toBe(false);
    // An instance with the old order verifies tokens that the new secret signed.
    expect(await isGood(await sign(both), tokensOf(`${OLD},${NEW}`))).toBe(true);
  });

  it('is random per process without AUTH_SECRET', async () => {
    const [one, other] = [tokensOf(), tokensOf('')];
    expect(await isGood(await sign(one), one)).toBe(true);
    expect(await isGood(await sign(one), other)).toBe(false);
    expect(await isGood(await sign(other), one)).toBe(false);
  });

  it.each([`${OLD},`, `,${OLD}`, ','])('cannot be empty: %j', (AUTH_SECRET) => {
    expect(() => tokensOf(AUTH_SECRET)).toThrow(/^AUTH_SECRET: must be one secret, or two/);
  });
});

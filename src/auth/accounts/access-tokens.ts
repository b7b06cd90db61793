import { createSecretKey, hash, hkdfSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import { Config } from '../../config/config';
import { claimedIssuer } from '../credentials/bearer-token';

/** The lifetime of an access token, in seconds. */
export const ACCESS_TOKEN_SECONDS = 900;

const ISSUER = 'mdl';
const AUDIENCE = 'mdl';
const TYPE = 'at+jwt';
const ALGORITHM = 'HS256';

/** The verified claims of an access token. */
export interface AccessTokenClaims {
  user: string;
  session: string;
  /** In milliseconds since the epoch. */
  expiresAt: number;
}

/** Signs and verifies the access tokens of sessions: JWT (RFC 9068) with HMAC-SHA-256, for this service only. */
@Injectable()
export class AccessTokens {
  /** By `kid`. The first key signs. */
  private readonly keys: ReadonlyMap<string, KeyObject>;

  constructor({ AUTH_SECRET }: Config) {
    const secrets = AUTH_SECRET.length > 0 ? AUTH_SECRET : [randomBytes(32).toString('base64url')];
    this.keys = new Map(
      secrets.map((secret) => {
        const key = Buffer.from(hkdfSync('sha256', secret, '', 'mdl access token', 32));
        return [hash('sha256', Buffer.concat([Buffer.from('kid'), key]), 'hex').slice(0, 8), createSecretKey(key)];
      }),
    );
  }

  /** Whether a token claims to be issued by this service; the signature is not verified. */
  isClaimed(token: string): boolean {
    return claimedIssuer(token) === ISSUER;
  }

  async sign(user: string, session: string): Promise<string> {
    const [[kid, key] = []] = this.keys;
    if (!kid || !key) throw new Error('No signing key');
    return new SignJWT({ sid: session })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(user)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS} s`)
      .sign(key);
  }

  /** Verifies a token; undefined when it is forged, altered or expired. */
  async verify(token: string): Promise<AccessTokenClaims | undefined> {
    try {
      const { payload } = await jwtVerify(token, ({ kid = '' }) => this.findKey(kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['sub', 'sid', 'exp'],
      });
      const { sub = '', sid, exp = 0 } = payload;
      return typeof sid === 'string' ? { user: sub, session: sid, expiresAt: exp * 1000 } : undefined;
    } catch {
      return undefined;
    }
  }

  private findKey(kid: string): KeyObject {
    const key = this.keys.get(kid);
    if (!key) throw new Error('Unknown key id');
    return key;
  }
}

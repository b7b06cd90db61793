import { createSecretKey, hash, hkdfSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import { Config } from '../../config/config';
import { claimedIssuer } from '../credentials/bearer-token';

/** Seconds that an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 900;

const ISSUER = 'mdl';
const AUDIENCE = 'mdl';
const TYPE = 'at+jwt';
const ALGORITHM = 'HS256';

/** Whom an access token was given to. */
export interface AccessToken {
  user: string;
  session: string;
  /** In milliseconds since 1970. */
  expiresAt: number;
}

/** Signs and reads the access tokens of accounts: JWT (RFC 9068) by HMAC with SHA-256, read by this service alone. */
@Injectable()
export class AccessTokens {
  /** By `kid`; the first one signs. */
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

  /** Whether a token claims to be one of these; unverified. */
  isClaimed(token: string): boolean {
    return claimedIssuer(token) === ISSUER;
  }

  async sign(user: string, session: string): Promise<string> {
    const [[kid, key] = []] = this.keys;
    if (!kid || !key) throw new Error('There is no key to sign with.');
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

  /** Whom a token was given to; undefined for one that is not ours, is changed, or is over. */
  async read(token: string): Promise<AccessToken | undefined> {
    try {
      const { payload } = await jwtVerify(token, ({ kid = '' }) => this.keyOf(kid), {
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

  private keyOf(kid: string): KeyObject {
    const key = this.keys.get(kid);
    if (!key) throw new Error('No key of this name.');
    return key;
  }
}

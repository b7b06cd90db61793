import { Injectable, Logger } from '@nestjs/common';
import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { Config } from '../../config/config';
import type { Identity } from '../../identity/principal';
import { Problem } from '../../problems/problem';
import { claimedIssuer, MAX_TOKEN_LENGTH } from '../credentials/bearer-token';
import type { CredentialSource } from '../credentials/credential-source';
import { ProviderKeys } from './provider-keys';
import { roleIn } from './role-claim';

/** How far the clock of the provider may be ahead, in seconds. It does not extend the expiry of a token. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** The types of access tokens (RFC 7519, 5.1; RFC 9068, 2.1). Other signed tokens, such as logout tokens, differ. */
const TOKEN_TYPE = /^(application\/)?(at\+)?jwt$/i;
/** The type that only access tokens have (RFC 9068, 2.1). */
const ACCESS_TOKEN_TYPE = /^(application\/)?at\+jwt$/i;
/** Claims that only ID tokens have (OpenID Connect Core 1.0, 3.1.3.6 and 3.3.2.11). */
const ID_TOKEN_CLAIMS = ['at_hash', 'c_hash'];
/** Printable, because revisions and log lines contain it. */
const SUBJECT = /^[\x21-\x7e]{1,200}$/;

/** Verifies the access tokens of the organisation's identity provider: JWT (RFC 7519, RFC 8725). */
@Injectable()
export class IdentityProvider implements CredentialSource {
  /** The provider cannot announce that it withdrew a key. */
  readonly maxCacheMs = 60_000;

  private readonly logger = new Logger(IdentityProvider.name);

  private readonly keys: ProviderKeys;

  constructor(private readonly config: Config) {
    this.keys = new ProviderKeys(config);
  }

  /** Whether the last fetch of the provider's keys failed. */
  get isFailing(): boolean {
    return this.keys.isFailing;
  }

  accepts(token: string): boolean {
    return claimedIssuer(token) === this.config.AUTH_ISSUER;
  }

  /** @throws Problem 503 `identity_provider_unavailable` when its key is unknown and the keys cannot be fetched */
  async identify(token: string): Promise<Identity | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    try {
      return this.identityOf(await this.verify(token));
    } catch (error) {
      if (error instanceof Problem) throw error;
      // The response does not contain the reason, which would help to forge tokens.
      this.logger.debug({ reason: String(error) }, 'Access token rejected');
      return undefined;
    }
  }

  /** @throws JOSEError with the reason why the token is invalid */
  private async verify(token: string): Promise<JWTPayload> {
    const findKey = (header: JWTHeaderParameters) => {
      checkHeader(header, this.config.AUTH_REQUIRE_AT_JWT);
      return this.keys.find(header);
    };
    const { payload, protectedHeader } = await jwtVerify(token, findKey, {
      algorithms: this.config.AUTH_ALGORITHMS.split(','),
      issuer: this.config.AUTH_ISSUER,
      audience: this.config.AUTH_AUDIENCE,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    refuseIdToken(payload, protectedHeader.typ, this.config.AUTH_ACCESS_TOKEN_CLAIMS);
    return payload;
  }

  private identityOf(claims: JWTPayload): Identity {
    const { sub, exp = 0, iat = 0 } = claims;
    const now = Date.now();
    if (exp * 1000 <= now) throw new errors.JWTExpired('exp is in the past', claims, 'exp');
    // jose checks `iat` only to limit the age of a token.
    if (iat * 1000 > now + CLOCK_TOLERANCE_SECONDS * 1000) throw new errors.JWTInvalid('iat is in the future');
    if (typeof sub !== 'string' || !SUBJECT.test(sub))
      throw new errors.JWTInvalid('sub must be 1 to 200 printable ASCII characters');
    const role = roleIn(claims, this.config);
    if (!role) throw new errors.JWTInvalid(`${this.config.AUTH_ROLE_CLAIM} contains no role`);
    return { principal: { id: `idp:${sub}`, role }, expiresAt: exp * 1000 };
  }
}

/** Runs before the key lookup. Keys in the header (`jwk`, `jku`, `x5c`, `x5u`) are never used. */
function checkHeader({ typ, crit }: JWTHeaderParameters, isStrict: boolean): void {
  if (isStrict ? !ACCESS_TOKEN_TYPE.test(typ ?? '') : typ !== undefined && !TOKEN_TYPE.test(typ))
    throw new errors.JWTInvalid('typ must be that of an access token');
  if (crit !== undefined) throw new errors.JOSENotSupported('crit names an unsupported extension');
}

/**
 * Refuses ID tokens, which report to a client who signed in and authorize nothing (OpenID Connect Core 1.0, 2 and 3.3.2.11).
 * Providers sign them with the same key, and their audience is the client, which may be that of this service. Some
 * providers issue access tokens with the client as the audience or with a nonce too: another claim distinguishes them.
 */
function refuseIdToken(claims: JWTPayload, typ: string | undefined, accessTokenClaims: string): void {
  // By its type it is an access token (RFC 9068, 2.1).
  if (ACCESS_TOKEN_TYPE.test(typ ?? '')) return;
  const { azp, aud, typ: kind, token_use: use } = claims;
  const has = (claim: string) => claim in claims;
  const isIdToken = ID_TOKEN_CLAIMS.some(has) || kind === 'ID' || use === 'id';
  const isAccessToken = kind === 'Bearer' || accessTokenClaims.split(',').some((claim) => has(claim.trim()));
  const isForClient = has('nonce') || (typeof azp === 'string' && [aud].flat().includes(azp));
  if (isIdToken || (isForClient && !isAccessToken)) throw new errors.JWTInvalid('the token is an ID token');
}

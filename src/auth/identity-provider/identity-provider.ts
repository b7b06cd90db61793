import { Injectable, Logger } from '@nestjs/common';
import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { Config } from '../../config/config';
import { Problem } from '../../problems/problem';
import type { Identity } from '../../identity/principal';
import { claimedIssuer, MAX_TOKEN_LENGTH } from '../credentials/bearer-token';
import type { CredentialSource } from '../credentials/credential-source';
import { CredentialSources } from '../credentials/credential-sources';
import { fetchKeySet } from './provider-documents';
import { ProviderKeys } from './provider-keys';
import { RoleClaim } from './role-claim';

/** How far the provider's clock may be ahead of ours; none for the end of a token. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** RFC 7519, 5.1, and RFC 9068, 2.1: not the other things that a provider signs, like a logout token. */
const TOKEN_TYPE = /^(application\/)?(at\+)?jwt$/i;
/** It goes into revisions and log lines. */
const SUBJECT = /^[\x21-\x7e]{1,200}$/;

/** Recognises the access tokens that the organisation's identity provider signed (RFC 7519, RFC 8725); off without AUTH_ISSUER. */
@Injectable()
export class IdentityProvider implements CredentialSource {
  /** The provider cannot announce that it withdrew a key. */
  readonly maxCacheMs = 60_000;

  private readonly logger = new Logger(IdentityProvider.name);

  private readonly keys: ProviderKeys;

  private readonly algorithms: string[];

  private readonly roleClaim: RoleClaim;

  constructor(
    private readonly config: Config,
    sources: CredentialSources,
  ) {
    this.keys = new ProviderKeys(() => fetchKeySet(config));
    this.algorithms = config.AUTH_ALGORITHMS.split(',');
    this.roleClaim = new RoleClaim(config.AUTH_ROLE_CLAIM, config.AUTH_ROLE_MAP);
    if (config.AUTH_ISSUER) sources.register(this);
  }

  /** Whether its keys could not be fetched when that was last tried. */
  get isFailing(): boolean {
    return this.keys.isFailing;
  }

  accepts(token: string): boolean {
    return claimedIssuer(token) === this.config.AUTH_ISSUER;
  }

  /**
   * Whom the token identifies; undefined when it is no token that is good here.
   *
   * @throws Problem 503 when its key is not known and the provider's keys cannot be fetched
   */
  async identify(token: string): Promise<Identity | undefined> {
    if (!this.config.AUTH_ISSUER || token.length > MAX_TOKEN_LENGTH) return undefined;
    try {
      return this.identityOf(await this.verify(token));
    } catch (error) {
      if (error instanceof Problem) throw error;
      // The caller is not told: whoever tries tokens would learn what to change.
      this.logger.debug({ reason: String(error) }, 'An access token is refused');
      return undefined;
    }
  }

  /** @throws Error that says what is wrong with the token */
  private async verify(token: string): Promise<JWTPayload> {
    const findKey = (header: JWTHeaderParameters) => {
      checkHeader(header);
      return this.keys.find(header);
    };
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: this.algorithms,
      issuer: this.config.AUTH_ISSUER,
      audience: this.config.AUTH_AUDIENCE,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    return payload;
  }

  private identityOf(claims: JWTPayload): Identity {
    const { sub, exp = 0, iat = 0 } = claims;
    const now = Date.now();
    if (exp * 1000 <= now) throw new errors.JWTExpired('exp is over', claims, 'exp');
    // jose looks at `iat` only to limit the age of a token.
    if (iat * 1000 > now + CLOCK_TOLERANCE_SECONDS * 1000) throw new errors.JWTInvalid('iat is in the future');
    if (typeof sub !== 'string' || !SUBJECT.test(sub)) throw new errors.JWTInvalid('sub is no name for a caller');
    const role = this.roleClaim.roleOf(claims);
    if (!role) throw new errors.JWTInvalid(`${this.config.AUTH_ROLE_CLAIM} gives no role`);
    return { principal: { id: `idp:${sub}`, role }, expiresAt: exp * 1000 };
  }
}

/** Before a key is looked for. Keys in the header (`jwk`, `jku`, `x5c`, `x5u`) are never looked at. */
function checkHeader({ typ, crit }: JWTHeaderParameters): void {
  if (typ !== undefined && !TOKEN_TYPE.test(typ)) throw new errors.JWTInvalid('typ is not that of an access token');
  if (crit !== undefined) throw new errors.JOSENotSupported('crit names what is not known here');
}

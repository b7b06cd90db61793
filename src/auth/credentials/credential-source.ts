import type { Identity } from '../../identity/principal';

/** Token of the enabled sources, an array. */
export const CREDENTIAL_SOURCES = Symbol('credential sources');

/** One kind of bearer token that the service accepts: API keys, sessions, tokens of an identity provider. */
export interface CredentialSource {
  /**
   * How long an identity may be cached while no API key and no account changes, in milliseconds.
   * Infinity where every change of the source advances the `auth` generation.
   */
  readonly maxCacheMs: number;

  /** Whether a token has the form of this source. Reads the token only; sources accept disjoint sets of tokens. */
  accepts(token: string): boolean;

  /**
   * Verifies a token.
   *
   * @returns the identity, or undefined when the token is invalid, expired or revoked
   * @throws Problem 503 when the token cannot be verified at the moment
   */
  identify(token: string): Promise<Identity | undefined>;
}

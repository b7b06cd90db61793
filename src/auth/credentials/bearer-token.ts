import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';

/** Longest bearer token that is accepted, in characters. */
export const MAX_TOKEN_LENGTH = 8192;

/** Prefix of the secrets that this service issues: API keys and refresh tokens. */
export const OWN_PREFIX = 'mdl_';

/**
 * The stored form of a secret that this service issued. A fast hash is enough for 256 random bits (OWASP, Password
 * Storage Cheat Sheet: high-entropy secrets).
 */
export const digestOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** The unverified `iss` claim of a JWT, which selects the source that verifies the token. Undefined for other texts. */
export function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

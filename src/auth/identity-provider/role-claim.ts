import type { JWTPayload } from 'jose';
import type { Config } from '../../config/config';
import { type Role, ROLES } from '../../identity/principal';

/**
 * The highest role in a claim of a token; undefined when it contains none.
 *
 * @param config AUTH_ROLE_CLAIM: the name of a claim, or a dotted path to a member of a claim;
 *   AUTH_ROLE_MAP: `value=role,value=role`
 */
export function roleIn(claims: JWTPayload, { AUTH_ROLE_CLAIM, AUTH_ROLE_MAP }: Config): Role | undefined {
  const claim = readClaim(claims, AUTH_ROLE_CLAIM);
  const values: unknown[] = Array.isArray(claim) ? claim : [claim];
  const given = AUTH_ROLE_MAP.split(',').flatMap((pair) => {
    const end = pair.lastIndexOf('=');
    return values.includes(pair.slice(0, end)) ? [pair.slice(end + 1)] : [];
  });
  return ROLES.findLast((role) => given.includes(role));
}

/** A claim whose name contains dots (`https://example.com/roles`) takes precedence over a path. */
function readClaim(claims: JWTPayload, name: string): unknown {
  const members = name in claims ? [name] : name.split('.');
  return members.reduce<unknown>((value, member) => (value as JWTPayload | null | undefined)?.[member], claims);
}

import type { JWTPayload } from 'jose';
import { type Role, ROLES } from '../../identity/role';

/** Reads the role of a caller out of the claims of a token. */
export class RoleClaim {
  private readonly roles: [value: string, role: string][];

  /**
   * @param name AUTH_ROLE_CLAIM: a claim, or the path to a member of one
   * @param map AUTH_ROLE_MAP: `value=role,value=role`
   */
  constructor(
    private readonly name: string,
    map: string,
  ) {
    this.roles = map.split(',').map((pair) => {
      const end = pair.lastIndexOf('=');
      return [pair.slice(0, end), pair.slice(end + 1)];
    });
  }

  /** The highest role that the claim gives; undefined when it gives none. */
  roleOf(claims: JWTPayload): Role | undefined {
    const claim = this.read(claims);
    const values: unknown[] = Array.isArray(claim) ? claim : [claim];
    const given = this.roles.filter(([value]) => values.includes(value)).map(([, role]) => role);
    return ROLES.findLast((role) => given.includes(role));
  }

  /** A claim whose very name has dots (`https://example.com/roles`) goes before the path. */
  private read(claims: JWTPayload): unknown {
    const members = this.name in claims ? [this.name] : this.name.split('.');
    return members.reduce<unknown>(
      (value, member) => (value as Record<string, unknown> | null | undefined)?.[member],
      claims,
    );
  }
}

import type { JWTPayload } from 'jose';
import { type Role, ROLES } from '../../identity/role';

/** Maps a claim of a token to a role. */
export class RoleClaim {
  private readonly roles: [value: string, role: string][];

  /**
   * @param name AUTH_ROLE_CLAIM: the name of a claim, or a dotted path to a member of a claim
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

  /** The highest role in the claim; undefined when it contains none. */
  roleOf(claims: JWTPayload): Role | undefined {
    const claim = this.read(claims);
    const values: unknown[] = Array.isArray(claim) ? claim : [claim];
    const given = this.roles.filter(([value]) => values.includes(value)).map(([, role]) => role);
    return ROLES.findLast((role) => given.includes(role));
  }

  /** A claim whose name contains dots (`https://example.com/roles`) takes precedence over a path. */
  private read(claims: JWTPayload): unknown {
    const members = this.name in claims ? [this.name] : this.name.split('.');
    return members.reduce<unknown>(
      (value, member) => (value as Record<string, unknown> | null | undefined)?.[member],
      claims,
    );
  }
}

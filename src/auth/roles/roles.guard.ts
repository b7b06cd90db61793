import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { covers, isAuthenticated, type Role } from '../../identity/principal';
import { Problem } from '../../problems/problem';
import { rawQueryOf, requestOf, routeOf } from '../../routing/route';

/**
 * Authorization: the role of the principal must cover the role that the route requires (`@Requires`). Closed by default:
 * a route that declares nothing is refused to every principal.
 *
 * @throws Problem 401 `unauthenticated` (RFC 6750, section 3), 403 `forbidden`, or why authentication failed
 */
@Injectable()
export class RolesGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const { access } = routeOf(request).config;
    if (access === 'public' || request.is404) return true;
    if (access === undefined) throw new Problem('forbidden', { detail: 'This route declares no access.' });
    if (request.authenticationError) throw request.authenticationError;
    const required = requiredRole(access, request);
    const { principal } = request;
    if (principal && covers(principal.role, required)) return true;
    if (principal && isAuthenticated(request))
      throw new Problem('forbidden', { detail: `This requires the role ${required}; yours is ${principal.role}.` });
    throw unauthenticated(request, required);
  }
}

/** Deleted documents are shown to editors, who can restore them. */
const requiredRole = (access: Role, request: FastifyRequest): Role =>
  rawQueryOf(request).include_deleted === 'true' && !covers(access, 'editor') ? 'editor' : access;

function unauthenticated({ credentialsError }: FastifyRequest, required: Role): Problem {
  const detail = credentialsError ?? `This requires the role ${required}: send \`Authorization: Bearer …\`.`;
  const error = credentialsError === undefined ? '' : ', error="invalid_token"';
  return new Problem('unauthenticated', { detail, headers: { 'www-authenticate': `Bearer realm="mdl"${error}` } });
}

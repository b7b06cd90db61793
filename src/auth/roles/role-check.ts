import type { FastifyRequest } from 'fastify';
import { Problem } from '../../problems/problem';
import { isAuthenticated } from '../../identity/principal';
import type { Access } from './requires.decorator';
import { covers, type Role } from '../../identity/role';

/**
 * Why a caller may not have what they ask for; undefined when they may. A route that does not say who may call it is
 * for nobody.
 *
 * The result is Problem 401 `unauthenticated` or 403 `forbidden`, or the failure to find out who calls
 */
export function checkRole(request: FastifyRequest): Error | undefined {
  const { access } = request.routeOptions.config as { access?: Access };
  if (access === 'public') return undefined;
  if (access === undefined) return new Problem('forbidden', { detail: 'This route is for nobody.' });
  if (request.authenticationError) return request.authenticationError;
  const needed = neededRole(access, request);
  const { principal } = request;
  if (principal && covers(principal.role, needed)) return undefined;
  if (principal && isAuthenticated(request))
    return new Problem('forbidden', { detail: `This needs the role ${needed}; yours is ${principal.role}.` });
  return unauthenticated(request, needed);
}

/** Deleted documents are for those who could bring them back. */
const neededRole = (access: Role, { query }: FastifyRequest): Role =>
  (query as Record<string, unknown>).include_deleted === 'true' && !covers(access, 'editor') ? 'editor' : access;

/** RFC 6750, section 3. */
function unauthenticated({ credentialsError }: FastifyRequest, needed: Role): Problem {
  const detail = credentialsError ?? `This needs the role ${needed}: send \`Authorization: Bearer …\`.`;
  const error = credentialsError === undefined ? '' : ', error="invalid_token"';
  return new Problem('unauthenticated', { detail, headers: { 'www-authenticate': `Bearer realm="mdl"${error}` } });
}

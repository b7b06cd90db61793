import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkRole } from './role-check';
import type { Access } from './requires.decorator';
import { ROLES } from '../../identity/role';

const KNOWN: readonly (Access | undefined)[] = [...ROLES, 'public'];
/** Routes that packages add: the contract, and the preflights of CORS. */
const OF_PACKAGES = /^(\/docs(\/|$)|\/openapi\.json$|\*$)/;

/**
 * Lets nobody through to a handler who may not call it.
 *
 * @throws Problem 401 `unauthenticated`, 403 `forbidden`
 */
@Injectable()
export class RolesGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const refusal = checkRole(context.switchToHttp().getRequest<FastifyRequest>());
    if (refusal) throw refusal;
    return true;
  }
}

/**
 * Asks what the guard asks as soon as the headers are read: before the body of somebody who may not send one, and before
 * the answers that are kept, which no guard sees (docs/adr/0011).
 *
 * @throws Error at boot for a route that does not say who may call it
 */
export function guardEarly(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const config = (route.config ??= {}) as { access?: Access };
    if (OF_PACKAGES.test(route.url)) config.access ??= 'public';
    if (!KNOWN.includes(config.access))
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it: @Requires(…) or @Public()`);
  });
  fastify.addHook('onRequest', (request, _, done) => done(request.is404 ? undefined : checkRole(request)));
}

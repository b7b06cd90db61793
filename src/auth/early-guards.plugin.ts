import { type ExecutionContext, ForbiddenException, type INestApplicationContext } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Config } from '../config/config';
import { ROLES } from '../identity/principal';
import { routeOf } from '../routing/route';
import { BodyPaceGuard } from '../throttling/body-pace.guard';
import { RateLimitGuard } from '../throttling/rate-limit.guard';
import { UnparsedRequests } from '../throttling/unparsed-requests';
import { AuthenticationGuard } from './authentication.guard';
import { RolesGuard } from './roles/roles.guard';

interface EarlyGuard {
  canActivate(context: ExecutionContext): boolean | Promise<boolean>;
}

const ACCESSES: readonly (string | undefined)[] = [...ROLES, 'public'];

/** Stands for the controller of requests that have none: unknown routes, methods that a path lacks. */
class NoController {
  handle(this: void): void {
    // Never called.
  }
}
const NO_HANDLER = { controller: NoController, method: NoController.prototype.handle };

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const { THROTTLE_ENABLED } = app.get(Config);
  const guards: EarlyGuard[] = [
    app.get(AuthenticationGuard),
    ...(THROTTLE_ENABLED ? [app.get(RateLimitGuard)] : []),
    app.get(RolesGuard),
    ...(THROTTLE_ENABLED ? [app.get(BodyPaceGuard)] : []),
  ];
  fastify.decorate<UnparsedRequests>('unparsedRequests', app.get(UnparsedRequests));
  fastify.decorateRequest('principal', null);
  fastify.decorateRequest('authenticationMs', 0);
  for (const name of ['route', 'credentialsError', 'authenticationError', 'generation', 'generationError'])
    fastify.decorateRequest(name, undefined);
  fastify.addHook('onRoute', (route) => {
    const config = (route.config ??= {});
    if (!ACCESSES.includes(config.access))
      throw new Error(`${String(route.method)} ${route.url} declares no access: add @Requires(…) or @Public()`);
  });
  fastify.addHook('onRequest', (request, reply, next) => run(guards, contextOf(request, reply), next));
  done();
};

/**
 * Runs authentication, rate limiting and authorization as soon as the headers have arrived. They are ordinary Nest
 * guards, but Nest would run them after the body was read, and not at all for requests without a route: a client that
 * is refused could send 5 MiB first, and unknown routes would escape rate limiting.
 *
 * @throws Error at boot for a route that declares no access
 */
export const earlyGuards = fp(register, {
  name: 'early-guards',
  // A rejected request is traced and logged too, and its response has the same headers.
  dependencies: ['request-completion', 'response-headers'],
});

function contextOf(request: FastifyRequest, reply: FastifyReply): ExecutionContext {
  const { controller, method } = routeOf(request).config.handler ?? NO_HANDLER;
  return new ExecutionContextHost([request, reply], controller, method);
}

/** Runs the guards in order; those that decide at once cost no promise. */
function run(guards: readonly EarlyGuard[], context: ExecutionContext, next: (error?: Error) => void, from = 0): void {
  try {
    for (let index = from, guard = guards[index]; guard; guard = guards[++index]) {
      const isAllowed = guard.canActivate(context);
      if (isAllowed instanceof Promise) {
        const after = index + 1;
        isAllowed.then(
          (allowed) => (allowed ? run(guards, context, next, after) : next(new ForbiddenException())),
          next,
        );
        return;
      }
      if (!isAllowed) throw new ForbiddenException();
    }
  } catch (error) {
    return next(error as Error);
  }
  next();
}

import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    route: FastifyRequest['routeOptions'] | undefined;
  }
}

/** The route of a request. Fastify builds `request.routeOptions` anew at each access, so it is read once a request. */
export const routeOf = (request: FastifyRequest): FastifyRequest['routeOptions'] =>
  (request.route ??= request.routeOptions);

/** The request of a context. `switchToHttp()` creates three functions at each call, and every guard needs the request. */
export const requestOf = (context: ExecutionContext): FastifyRequest => context.getArgByIndex<FastifyRequest>(0);

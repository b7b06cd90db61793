import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    route: FastifyRequest['routeOptions'] | undefined;
  }
}

/** The route of a request. Fastify builds `request.routeOptions` anew at each access, so it is read once a request. */
export const routeOf = (request: FastifyRequest): FastifyRequest['routeOptions'] =>
  (request.route ??= request.routeOptions);

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
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

/** The query of a request as Fastify parsed it: a string, or an array of strings for a repeated parameter. */
export type RawQuery = Readonly<Record<string, unknown>>;

/** The query of a request, which Fastify types as unknown. */
export const rawQueryOf = ({ query }: Pick<FastifyRequest, 'query'>): RawQuery => query as RawQuery;

/** The path of the request without its query, for a handler's parameter. */
export const RequestPath = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { url } = context.switchToHttp().getRequest<FastifyRequest>();
  return url.split('?', 1)[0] ?? url;
});

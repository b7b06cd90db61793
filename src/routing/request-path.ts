import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The path of the request without its query, for a handler's parameter. */
export const RequestPath = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { url } = context.switchToHttp().getRequest<FastifyRequest>();
  return url.split('?', 1)[0] ?? url;
});

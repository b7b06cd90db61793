import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who writes, in which request: what a revision keeps of it. */
export interface Author {
  actor: string;
  requestId: string;
}

/** The author of the request, for a handler's parameter. Every caller is anonymous until there are principals. */
export const RequestAuthor = createParamDecorator((_: unknown, context: ExecutionContext): Author => ({
  actor: 'anonymous',
  requestId: context.switchToHttp().getRequest<FastifyRequest>().id,
}));

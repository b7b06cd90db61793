import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { clientAddressOf } from './client-address';
import { ANONYMOUS } from './principal';

/** The author of a write, as revisions and the audit log record it. */
export interface Author {
  /** The id of the principal. */
  actor: string;
  requestId: string;
  /** The client address; empty for a command. */
  address: string;
}

/** The author of a write that no HTTP request caused. */
export const commandAuthor = (actor: string): Author => ({ actor, requestId: '', address: '' });

/** Parameter decorator: the author of the request. */
export const RequestAuthor = createParamDecorator((_: unknown, context: ExecutionContext): Author => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { actor: request.principal?.id ?? ANONYMOUS, requestId: request.id, address: clientAddressOf(request) };
});

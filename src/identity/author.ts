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

/** The author of a write that an HTTP request causes. */
export const authorOf = (request: FastifyRequest): Author => ({
  actor: request.principal?.id ?? ANONYMOUS,
  requestId: request.id,
  address: clientAddressOf(request),
});

/** Parameter decorator: the author of the request. */
export const RequestAuthor = createParamDecorator((_: unknown, context: ExecutionContext): Author =>
  authorOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

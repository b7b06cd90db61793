import { isIP } from 'node:net';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ANONYMOUS } from '../auth/principal';

/** Who writes, in which request: what a revision keeps of it. */
export interface Author {
  actor: string;
  requestId: string;
}

/** An author and where they call from: what the audit log keeps of it. */
export interface Caller extends Author {
  /** Empty for a command. */
  address: string;
}

/** Who writes where no request asked for it. */
export const commandAuthor = (actor: string): Caller => ({ actor, requestId: '', address: '' });

/** The author of the request, for a handler's parameter. */
export const RequestAuthor = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { actor: request.principal?.id ?? ANONYMOUS, requestId: request.id, address: addressOf(request) };
});

/**
 * Where a request came from, as far as that can be believed: the connection, where a proxy passed on what is no address
 * (whatever its client wrote, a name as long as a header).
 */
export const addressOf = ({ ip, socket }: FastifyRequest): string =>
  isIP(ip) !== 0 ? ip : (socket.remoteAddress ?? '');

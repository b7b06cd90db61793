import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Author, authorOf } from '../../identity/author';
import { type Preconditions, preconditionsOf } from '../../responses/preconditions';

/** A write of one document: its key, the preconditions of the request and the author. */
export interface WriteRequest {
  readonly key: string;
  readonly preconditions: Preconditions;
  readonly author: Author;
}

/** Parameter decorator: the write that a request to `/{resource}/{key}/…` makes. */
export const Write = createParamDecorator((_: unknown, context: ExecutionContext): WriteRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { key: string } }>>();
  return { key: request.params.key, preconditions: preconditionsOf(request.headers), author: authorOf(request) };
});

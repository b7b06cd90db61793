import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { isDatabaseUnavailable } from '../database/database-errors';
import type { Representation } from '../responses/representation';
import { CachedResponseSender } from './cached-response-sender';
import { type Found, type Question, ResponseCache } from './response-cache';

/**
 * Finds the answers that memory does not have (those it has, `EarlyCache` gave already): from Redis, else by the handler,
 * once for all who ask the same. While the database is away it gives the last known one.
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor {
  constructor(
    private readonly cache: ResponseCache,
    private readonly sender: CachedResponseSender,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { asked } = request;
    if (!asked) return next.handle();
    const reply = http.getResponse<FastifyReply>();
    const send = async (found: Found, about: Pick<Question, 'kind' | 'url'>) =>
      of(await this.sender.prepare(found, about, request, reply));
    if ('away' in asked) {
      const last = isDatabaseUnavailable(asked.away) ? this.cache.lastKnown(asked.url) : undefined;
      if (last) return send(last, asked);
      if (request.generationError) throw request.generationError;
      this.sender.tell(asked.kind, 'BYPASS', request, reply);
      return next.handle();
    }
    // What fails was looked for too.
    reply.header('x-cache', 'MISS');
    request.wantsRepresentation = true;
    const { question } = asked;
    return this.cache
      .fetch(question, () => lastValueFrom(next.handle()) as Promise<Representation>)
      .then((found) => send(found, question));
  }
}

import type { ServerResponse } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Representation } from '../responses/representation';
import { parsedQueryOf } from '../routing/query-parameters';
import { requestOf, routeOf } from '../routing/route';
import { isWrite } from './limits';
import { LARGE_BYTES, type LongWork, PoolShare } from './pool-share';
import { trackerOf } from './tracker';

/**
 * Runs each handler within its client's share of the connection pool. Public routes, such as health and sign-in, have
 * limits of their own or need no connection.
 *
 * @throws Problem 503 `overloaded` with Retry-After
 */
@Injectable()
export class PoolShareInterceptor implements NestInterceptor {
  constructor(private readonly share: PoolShare) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestOf(context);
    const { access, takesPoolShare } = routeOf(request).config;
    if (access === 'public' || takesPoolShare) return next.handle();
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    const client = trackerOf(request);
    const handle = async () => {
      const result: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const bytes = result instanceof Representation ? (result.json?.length ?? 0) : 0;
      if (bytes >= LARGE_BYTES) await this.share.awaitLarge(client, bytes, closeOf(raw));
      return result;
    };
    return from(this.share.run(client, kindOf(request), handle));
  }
}

const closeOf = (response: ServerResponse) =>
  new Promise<void>((resolve) => (response.closed ? resolve() : response.once('close', resolve)));

function kindOf(request: FastifyRequest): LongWork | undefined {
  if (isWrite(request)) return 'write';
  return routeOf(request).config.query && parsedQueryOf(request).isCostly ? 'read' : undefined;
}

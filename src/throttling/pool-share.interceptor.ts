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
    const result = new Promise<unknown>((resolve, reject) => {
      const handle = async () => {
        const built: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
        // Other clients that wait for the same response get it; this one waits when it is sent (large-responses.plugin.ts).
        resolve(built);
        const bytes = sizeOf(built);
        if (bytes >= LARGE_BYTES && request.method === 'GET') await this.share.awaitLarge(client, raw, bytes);
      };
      this.share.run(client, kindOf(request), handle).catch(reject);
    });
    return from(result);
  }
}

/** The size of a response; the cache takes it as a representation. */
function sizeOf(response: unknown): number {
  const text = response instanceof Representation ? response.json : response;
  return typeof text === 'string' ? text.length : 0;
}

function kindOf(request: FastifyRequest): LongWork | undefined {
  if (isWrite(request)) return 'write';
  return routeOf(request).config.query && parsedQueryOf(request).isCostly ? 'read' : undefined;
}

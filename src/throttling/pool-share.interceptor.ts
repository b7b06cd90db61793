import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { parsedQueryOf } from '../routing/query-parameters';
import { requestOf, routeOf } from '../routing/route';
import { isWrite } from './limits';
import { type LongWork, PoolShare } from './pool-share';
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
    const handle = () => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.share.run(trackerOf(request), kindOf(request), handle));
  }
}

function kindOf(request: FastifyRequest): LongWork | undefined {
  if (isWrite(request)) return 'write';
  return routeOf(request).config.query && parsedQueryOf(request).isCostly ? 'read' : undefined;
}

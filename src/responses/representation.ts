import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { matchesNone } from './preconditions';

/** A finished response (RFC 9110, 3.2): the JSON text as PostgreSQL built it, with status and headers. */
export class Representation {
  constructor(
    readonly json: string | undefined,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly status: number | undefined = undefined,
    /** Queries whether the representation is current, where that costs less than building it again. */
    readonly isUnchanged?: () => Promise<boolean>,
  ) {}

  static empty(): Representation {
    return new Representation(undefined, {}, 204);
  }

  /** The representation of a value that the service computed itself. */
  static of(value: unknown, status?: number): Representation {
    return new Representation(JSON.stringify(value), {}, status);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the cache, which sends representations itself. */
    wantsRepresentation?: true;
  }
}

/**
 * Sends representations without serialising again, and responds 304 to a matching `If-None-Match` (RFC 9110, 13.1.2).
 */
@Injectable()
export class RepresentationInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.wantsRepresentation) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    if (isRead(request)) reply.header('x-cache', 'BYPASS');
    return next.handle().pipe(
      map((result: unknown) => {
        if (result instanceof StreamableFile) setCacheControl(request, reply);
        return result instanceof Representation ? present(result, request, reply) : result;
      }),
    );
  }
}

/** Whether a request only reads. */
export const isRead = ({ method }: Pick<FastifyRequest, 'method'>): boolean => method === 'GET' || method === 'HEAD';

/**
 * A client can store a response and revalidates it each time; shared caches do not store it, because it depends on the
 * principal.
 */
export const READ_HEADERS = { 'cache-control': 'private, no-cache', vary: 'Accept-Encoding, Authorization' } as const;

/** `@Header('cache-control', 'no-store')` of a route takes precedence. */
function setCacheControl(request: FastifyRequest, reply: FastifyReply): void {
  if (!reply.hasHeader('cache-control'))
    reply.headers(isRead(request) ? READ_HEADERS : { 'cache-control': 'no-store' });
}

function present(
  { json, headers, status }: Representation,
  request: FastifyRequest,
  reply: FastifyReply,
): string | undefined {
  reply.headers(headers);
  setCacheControl(request, reply);
  if (isRead(request) && headers.etag !== undefined && matchesNone(request.headers['if-none-match'], headers.etag)) {
    reply.status(304);
    return undefined;
  }
  if (status !== undefined) reply.status(status);
  if (json === undefined) return undefined;
  reply.header('content-type', 'application/json; charset=utf-8');
  return json;
}

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

/** A finished answer: the JSON text as the database made it, with its status and headers. */
export class Representation {
  constructor(
    readonly json: string | undefined,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly status: number | undefined = undefined,
    /** Asks the database whether it would still be the same, where that costs less than making it again. */
    readonly isUnchanged?: () => Promise<boolean>,
  ) {}

  static empty(): Representation {
    return new Representation(undefined, {}, 204);
  }

  /** For what the service computed itself. */
  static of(value: unknown, status?: number): Representation {
    return new Representation(JSON.stringify(value), {}, status);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by who will send the answer itself, to get it as the handler made it. */
    wantsRepresentation: boolean;
  }
}

/** Sends representations as they are, without serialising again, and answers `If-None-Match` with 304 (RFC 9110, 13.1.2). */
@Injectable()
export class RepresentationInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.wantsRepresentation) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    if (isRead(request)) reply.header('x-cache', 'BYPASS');
    return next.handle().pipe(
      map((result: unknown) => {
        if (result instanceof StreamableFile) restrictCaches(request, reply);
        return result instanceof Representation ? present(result, request, reply) : result;
      }),
    );
  }
}

/** Whether a request only reads. */
export const isRead = ({ method }: FastifyRequest) => method === 'GET' || method === 'HEAD';

/** What is read may be kept by the caller who asks each time whether it is still good; what callers see differently, by no shared cache. */
export const READ_HEADERS = { 'cache-control': 'private, no-cache', vary: 'Accept-Encoding, Authorization' } as const;

/** A route that says `@Header('cache-control', 'no-store')` means it. */
function restrictCaches(request: FastifyRequest, reply: FastifyReply): void {
  if (!reply.hasHeader('cache-control'))
    reply.headers(isRead(request) ? READ_HEADERS : { 'cache-control': 'no-store' });
}

function present(
  { json, headers, status }: Representation,
  request: FastifyRequest,
  reply: FastifyReply,
): string | undefined {
  reply.headers(headers);
  restrictCaches(request, reply);
  if (isRead(request) && headers.etag !== undefined && matchesNone(request.headers['if-none-match'], headers.etag)) {
    reply.status(304);
    return undefined;
  }
  if (status !== undefined) reply.status(status);
  if (json === undefined) return undefined;
  reply.header('content-type', 'application/json; charset=utf-8');
  return json;
}

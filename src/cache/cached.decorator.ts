import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { QueryParser } from '../routing/query-parameters';
import { type ResponseKind, SetRouteOptions } from '../routing/route-options';

/**
 * Decorator: caches the responses of a GET route (docs/patterns/response-caching.md).
 *
 * @param resource whose rows the responses show
 * @param query the parser of the query; its canonical form is part of the cache key
 */
export const Cached = ({ resource }: { resource: string }, kind: ResponseKind, query?: QueryParser): MethodDecorator =>
  applyDecorators(
    SetRouteOptions({ cache: { resource, kind }, ...(query && { query }) }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of the response that the client has.',
      schema: { type: 'string', examples: [kind === 'item' ? '"3"' : 'W/"kxdL4VA4_OGUdaTz7WHD8w"'] },
    }),
    ApiResponse({ status: 304, description: 'The response with this ETag is current.' }),
  );

import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { AddRouteConfig } from '../routing/route-config';
import type { ResponseKind } from './cache-counts';
import type { CachedRoute } from './cached-route';

/**
 * Keeps the answers of a GET route, never stale: `@Cached(definition, 'list', listOf(definition))`.
 *
 * @param about the resource that the answers are about
 * @param query the pipe that reads the handler's query; its `canonical` text tells equal questions. Without it the route has none.
 */
export const Cached = (
  { resource }: { resource: string },
  kind: ResponseKind,
  query?: PipeTransform<Record<string, unknown>, { canonical: string }>,
) =>
  applyDecorators(
    AddRouteConfig({ cached: { resource, kind, ...(query && { query }) } satisfies CachedRoute }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of the answer that the caller has.',
      schema: { type: 'string', examples: [kind === 'item' ? '"3"' : 'W/"kxdL4VA4_OGUdaTz7WHD8w"'] },
    }),
    ApiResponse({ status: 304, description: 'The copy with this ETag is good.' }),
  );

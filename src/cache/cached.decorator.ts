import { applyDecorators, type PipeTransform, SetMetadata, UseInterceptors } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { AnswerKind } from './cache-counts';
import { CacheInterceptor } from './cache.interceptor';
import { CACHED_ROUTE, type CachedRoute } from './cached-route';

/**
 * Keeps the answers of a GET route, never stale: `@Cached(definition, 'list', listOf(definition))`.
 *
 * @param about the resource that the answers are about
 * @param query the pipe that reads the handler's query; its `canonical` text tells equal questions. Without it the route has none.
 */
export const Cached = (
  { resource }: { resource: string },
  kind: AnswerKind,
  query?: PipeTransform<Record<string, unknown>, { canonical: string }>,
) =>
  applyDecorators(
    SetMetadata(CACHED_ROUTE, { resource, kind, ...(query && { query }) } satisfies CachedRoute),
    UseInterceptors(CacheInterceptor),
    RouteConfig({ cached: true }),
  );

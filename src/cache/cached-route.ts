import type { PipeTransform } from '@nestjs/common';
import type { AnswerKind } from './cache-counts';

export const CACHED_ROUTE = Symbol('cached route');

/** What `@Cached` says about a route. */
export interface CachedRoute {
  resource: string;
  kind: AnswerKind;
  query?: PipeTransform<Record<string, unknown>, { canonical: string }>;
}

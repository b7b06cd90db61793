import type { PipeTransform } from '@nestjs/common';
import type { ResponseKind } from './cache-counts';

/** What `@Cached` says about a route, in its configuration. */
export interface CachedRoute {
  resource: string;
  kind: ResponseKind;
  query?: PipeTransform<Record<string, unknown>, { canonical: string }>;
}

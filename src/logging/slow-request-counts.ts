import { Injectable } from '@nestjs/common';

/** What a slow request may have waited for most. */
export const SLOW_CAUSES = [
  'authentication',
  'request body',
  'cache generation',
  'connection pool',
  'statements',
  'handler',
  'event loop',
] as const;

export type SlowCause = (typeof SLOW_CAUSES)[number];

/** Counts slow requests by what they waited for. */
@Injectable()
export class SlowRequestCounts {
  readonly counts = Object.fromEntries(SLOW_CAUSES.map((cause) => [cause, 0])) as Record<SlowCause, number>;
}

import { Injectable } from '@nestjs/common';

/** The possible causes of a slow request: the part that took longest. */
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

/** Counts slow requests by cause. */
@Injectable()
export class SlowRequestCounts {
  readonly counts = Object.fromEntries(SLOW_CAUSES.map((cause) => [cause, 0])) as Record<SlowCause, number>;
}

import { Injectable } from '@nestjs/common';
import { type RequestTiming, tenths } from '../instrumentation/request-timing';

/** The possible causes of a slow request: the part that took longest. */
const SLOW_CAUSES = [
  'authentication',
  'request body',
  'cache generation',
  'connection pool',
  'statements',
  'handler',
  'event loop',
] as const;

type SlowCause = (typeof SLOW_CAUSES)[number];

/** Counts slow requests by cause. */
@Injectable()
export class SlowRequestCounts {
  readonly counts = Object.fromEntries(SLOW_CAUSES.map((cause) => [cause, 0])) as Record<SlowCause, number>;
}

/** Measurements of a slow request, in milliseconds. */
interface SlowRequest {
  totalMs: number;
  /** Event loop stalls during the request. */
  stalledMs: number;
  authenticationMs: number;
  timing: RequestTiming | undefined;
}

/**
 * Finds the cause of a slow request, and lists its parts in milliseconds. Parallel statements are added up, so the sum
 * of the parts can exceed the total.
 */
export function explainSlowRequest({ totalMs, stalledMs, authenticationMs, timing }: SlowRequest): {
  cause: SlowCause;
  [part: string]: unknown;
} {
  const { beforeMs = totalMs, generationMs = 0, database, cache } = timing ?? {};
  const poolMs = database?.waitMs ?? 0;
  const statementMs = (database?.ms ?? 0) - poolMs;
  const parts: [SlowCause, number][] = [
    ['authentication', authenticationMs],
    ['request body', Math.max(0, beforeMs - authenticationMs)],
    ['cache generation', generationMs],
    ['connection pool', poolMs],
    ['statements', statementMs],
    ['handler', Math.max(0, totalMs - beforeMs - generationMs - poolMs - statementMs)],
  ];
  const [[largest]] = parts.sort(([, a], [, b]) => b - a) as [[SlowCause, number]];
  return {
    // A stall of the event loop lengthens every part.
    cause: stalledMs > totalMs / 2 ? 'event loop' : largest,
    total_ms: tenths(totalMs),
    authentication_ms: tenths(authenticationMs),
    before_handler_ms: tenths(beforeMs),
    database_ms: tenths(poolMs + statementMs),
    pool_wait_ms: tenths(poolMs),
    statements: database?.statements ?? 0,
    ...(cache !== undefined && { cache, generation_ms: tenths(generationMs) }),
    event_loop_stall_ms: tenths(stalledMs),
  };
}

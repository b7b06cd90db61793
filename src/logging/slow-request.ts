import { type RequestTiming, tenths } from '../instrumentation/request-timing';
import type { SlowCause } from './slow-request-counts';

/** What is known about a slow request, all in milliseconds. */
export interface SlowRequest {
  totalMs: number;
  /** For how long of it the event loop stood still. */
  stalledMs: number;
  /** To find out who calls. */
  authenticationMs: number;
  timing: RequestTiming | undefined;
}

/**
 * What a slow request waited for, all in milliseconds: the operator's first question. Statements side by side count each,
 * so parts may be more than the whole.
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
    // A stalled loop makes every part look long.
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

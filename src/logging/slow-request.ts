import { type RequestTiming, tenths } from '../http/request-timing';

/**
 * What a slow request waited for, all in milliseconds: the operator's first question. Statements side by side count each,
 * so parts may be more than the whole.
 */
export function whySlow(
  totalMs: number,
  stalledMs: number,
  timing: RequestTiming | undefined,
): Record<string, unknown> {
  const { beforeMs = totalMs, generationMs = 0, database, cache } = timing ?? {};
  const poolMs = database?.waitMs ?? 0;
  const statementMs = (database?.ms ?? 0) - poolMs;
  const parts = {
    'request body': beforeMs,
    'cache generation': generationMs,
    'connection pool': poolMs,
    statements: statementMs,
    handler: Math.max(0, totalMs - beforeMs - generationMs - poolMs - statementMs),
  };
  const [largest] = Object.entries(parts).sort(([, a], [, b]) => b - a);
  return {
    // A stalled loop makes every part look long.
    cause: stalledMs > totalMs / 2 ? 'event loop' : largest?.[0],
    total_ms: tenths(totalMs),
    before_handler_ms: tenths(beforeMs),
    database_ms: tenths(poolMs + statementMs),
    pool_wait_ms: tenths(poolMs),
    statements: database?.statements ?? 0,
    ...(cache !== undefined && { cache, generation_ms: tenths(generationMs) }),
    event_loop_stall_ms: tenths(stalledMs),
  };
}

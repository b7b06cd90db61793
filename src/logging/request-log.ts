import type { FastifyInstance } from 'fastify';
import { type Logger, symbols } from 'pino';
import { CLIENT_GONE, type CompletedRequest, type RequestCompletion } from '../instrumentation/request-completion';
import { EventLoopStalls } from './event-loop-stalls';
import { clock } from './log-options';
import { requestLine } from './request-line';
import { explainSlowRequest } from './slow-request';
import type { SlowRequestCounts } from './slow-request-counts';

/** Routes that are asked every few seconds and say nothing unless they fail. */
const QUIET = /^\/(health\/|metrics$)/;

/** Where pino writes; it tells the level beside the line. */
interface Stream {
  lastLevel: number;
  write(line: string): void;
}

/** A client that went away is no fault of ours, and nothing to look into unless somebody does. */
const levelOf = ({ route, status }: CompletedRequest) =>
  status >= 500 ? 'error' : status === CLIENT_GONE || (QUIET.test(route) && status < 400) ? 'debug' : 'info';

/**
 * Writes exactly one line a request, whatever became of it: a middleware would not see what is answered before Nest is
 * reached, and costs more. Only what is listed here is in it: no URL, no headers, no bodies. A request that took longer
 * than `slowMs` gets a second line that says why; 0 says it of none.
 */
export function registerRequestLog(
  fastify: FastifyInstance,
  ends: RequestCompletion,
  logger: Logger<string>,
  slowMs: number,
  slow: SlowRequestCounts,
): void {
  const stalls = new EventLoopStalls();
  fastify.addHook('onClose', () => stalls.stop());
  const stream = (logger as unknown as Record<symbol, Stream>)[symbols.streamSym];
  const time = clock();

  ends.listen((end) => {
    const { id: request_id, traceId: trace_id, method, route, status, ms, request } = end;
    const timing = request?.timing;
    const level = levelOf(end);
    if (stream && logger.isLevelEnabled(level)) {
      const line = requestLine(level, time(), {
        request_id,
        trace_id,
        method,
        route,
        status,
        duration_ms: Math.round(ms * 100) / 100,
        cache: timing?.cache,
        problem: end.problem,
        principal: request?.principal?.id,
        client: end.client,
      });
      stream.lastLevel = logger.levels.values[level] ?? 0;
      stream.write(line);
    }
    // Sending is the client's time, and that of a stream is its length.
    const totalMs = timing?.totalMs ?? ms;
    if (slowMs === 0 || totalMs <= slowMs) return;
    const stalledMs = stalls.since(performance.now() - ms);
    const why = explainSlowRequest({ totalMs, stalledMs, authenticationMs: request?.authenticationMs ?? 0, timing });
    slow.counts[why.cause]++;
    logger.warn({ request_id, trace_id, method, route, status, ...why }, 'slow request');
  });
}

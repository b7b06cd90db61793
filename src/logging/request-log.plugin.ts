import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { symbols } from 'pino';
import type {} from '../identity/principal';
import { CLIENT_CLOSED_REQUEST, type CompletedRequest } from '../instrumentation/request-completion';
import { EventLoopStalls } from './event-loop-stalls';
import { Log } from './log';
import { clock } from './log-options';
import { explainSlowRequest, SlowRequestCounts } from './slow-request';

/** Probes and scrapes, which come every few seconds, are logged where they fail. */
const PROBES = /^\/(health\/|metrics$)/;

/** The stream that pino writes to. */
interface PinoStream {
  /** Set before each line. */
  lastLevel: number;
  write(line: string): void;
}

const levelOf = ({ route, status }: CompletedRequest) =>
  status >= 500 ? 'error' : status === CLIENT_CLOSED_REQUEST || (PROBES.test(route) && status < 400) ? 'debug' : 'info';

/** The members of the log line of a request. */
export interface RequestLine extends Pick<CompletedRequest, 'method' | 'route' | 'status' | 'problem' | 'client'> {
  request_id: string;
  trace_id?: string | undefined;
  duration_ms: number;
  /** The state of the cache, as in `X-Cache`. */
  cache: string | undefined;
  /** The id of the principal, never the credentials. */
  principal: string | undefined;
}

/**
 * Formats the line that pino would write, at a fifth of the cost (docs/performance.md).
 *
 * @param time pino's `timestamp` option: `,"time":"…"`
 */
export const requestLine = (level: string, time: string, line: RequestLine): string =>
  `{"level":"${level}"${time},${JSON.stringify({ ...line, msg: 'request' }).slice(1)}\n`;

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const { logger, slowRequestMs } = app.get(Log);
  const slowRequests = app.get(SlowRequestCounts);
  const stalls = new EventLoopStalls();
  fastify.addHook('onClose', () => stalls.stop());
  const stream = (logger as unknown as Record<symbol, PinoStream>)[symbols.streamSym];
  const time = clock();

  fastify.requestCompletion.onCompleted((completed) => {
    const { id: request_id, traceId: trace_id, method, route, status, ms, request } = completed;
    const timing = request?.timing;
    const level = levelOf(completed);
    if (stream && logger.isLevelEnabled(level)) {
      const line = requestLine(level, time(), {
        request_id,
        trace_id,
        method,
        route,
        status,
        duration_ms: Math.round(ms * 100) / 100,
        cache: timing?.cache,
        problem: completed.problem,
        principal: request?.principal?.id,
        client: completed.client,
      });
      stream.lastLevel = logger.levels.values[level] ?? 0;
      stream.write(line);
    }
    // The time until the response starts: how long sending takes depends on the client and on the size of a stream.
    const totalMs = timing?.totalMs ?? ms;
    if (slowRequestMs === 0 || totalMs <= slowRequestMs) return;
    const stalledMs = stalls.since(performance.now() - ms);
    const explanation = explainSlowRequest({
      totalMs,
      stalledMs,
      authenticationMs: request?.authenticationMs ?? 0,
      timing,
    });
    slowRequests.counts[explanation.cause]++;
    logger.warn({ request_id, trace_id, method, route, status, ...explanation }, 'Slow request');
  });
  done();
};

/**
 * Logs exactly one line for each request, whatever its outcome. The line has the members listed here and no others: no
 * URL, no headers, no body. A request that takes longer than SLOW_REQUEST_MS gets a second line with the cause.
 * pino-http does not write these lines, because a middleware does not see requests that are refused before Nest
 * (docs/adr/0014-instruments-read-at-scrape.md, “Request log”).
 */
export const requestLog = fp(register, { name: 'request-log', dependencies: ['request-completion'] });

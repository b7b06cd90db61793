import type { FastifyInstance } from 'fastify';
import { EventLoopStalls } from './event-loop-stalls';
import { whySlow } from './slow-request';

type RequestLogger = Record<'debug' | 'info' | 'warn' | 'error', (line: object, message: string) => void>;

/** Routes that are asked every few seconds and say nothing unless they fail. */
const QUIET = /^\/health\//;

/**
 * Writes one line a request from Fastify's own hooks: they also see what is answered before Nest is reached, and cost a
 * fraction of a logging middleware. The route is the template, never the URL with its values; no headers, no bodies.
 * A request that took longer than `slowMs` gets a second line that says why; 0 says it of none.
 */
export function logRequests(fastify: FastifyInstance, logger: RequestLogger, slowMs: number): void {
  const stalls = new EventLoopStalls();
  fastify.addHook('onClose', () => stalls.stop());
  fastify.addHook('onResponse', (request, reply, done) => {
    const status = reply.statusCode;
    const route = request.routeOptions.url ?? 'unmatched';
    const level = status >= 500 ? 'error' : QUIET.test(route) && status < 400 ? 'debug' : 'info';
    const { timing } = request;
    const tookMs = reply.elapsedTime;
    const line = { request_id: request.id, method: request.method, route, status };
    logger[level](
      {
        ...line,
        duration_ms: Math.round(tookMs * 100) / 100,
        ...(timing?.cache !== undefined && { cache: timing.cache }),
        client: request.ip,
      },
      'request',
    );
    // Sending is the client's time, and that of a stream is its length.
    const totalMs = timing?.totalMs ?? tookMs;
    if (slowMs > 0 && totalMs > slowMs)
      logger.warn({ ...line, ...whySlow(totalMs, stalls.since(performance.now() - tookMs), timing) }, 'slow request');
    done();
  });
  fastify.addHook('onRequestAbort', (request, done) => {
    logger.debug(
      { request_id: request.id, method: request.method, route: request.routeOptions.url ?? 'unmatched' },
      'client went away',
    );
    done();
  });
}

import type { FastifyInstance } from 'fastify';

type RequestLogger = Record<'debug' | 'info' | 'error', (line: object, message: string) => void>;

/** Routes that are asked every few seconds and say nothing unless they fail. */
const QUIET = /^\/health\//;

/**
 * Writes one line a request from Fastify's own hooks: they also see what is answered before Nest is reached, and cost a
 * fraction of a logging middleware. The route is the template, never the URL with its values; no headers, no bodies.
 */
export function logRequests(fastify: FastifyInstance, logger: RequestLogger): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const status = reply.statusCode;
    const route = request.routeOptions.url ?? 'unmatched';
    const level = status >= 500 ? 'error' : QUIET.test(route) && status < 400 ? 'debug' : 'info';
    logger[level](
      {
        request_id: request.id,
        method: request.method,
        route,
        status,
        duration_ms: Math.round(reply.elapsedTime * 100) / 100,
        client: request.ip,
      },
      'request',
    );
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

import type { FastifyInstance, FastifyReply, FastifyRequest, onResponseHookHandler } from 'fastify';
import { type Logger, symbols } from 'pino';
import { EventLoopStalls } from './event-loop-stalls';
import { clock } from './log-options';
import { requestLine } from './request-line';
import { whySlow } from './slow-request';

/** Routes that are asked every few seconds and say nothing unless they fail. */
const QUIET = /^\/health\//;
const UNMATCHED = 'unmatched';

/** Where pino writes; it tells the level beside the line. */
interface Stream {
  lastLevel: number;
  write(line: string): void;
}

/**
 * Writes one line a request from Fastify's own hooks: they also see what is answered before Nest is reached, and cost a
 * fraction of a logging middleware. The route is the template, never the URL with its values; no headers, no bodies.
 * A request that took longer than `slowMs` gets a second line that says why; 0 says it of none.
 */
export function logRequests(fastify: FastifyInstance, logger: Logger<string>, slowMs: number): void {
  const stalls = new EventLoopStalls();
  fastify.addHook('onClose', () => stalls.stop());
  const stream = (logger as unknown as Record<symbol, Stream>)[symbols.streamSym];
  const time = clock();

  const log = (route: string, request: FastifyRequest, reply: FastifyReply) => {
    const status = reply.statusCode;
    const level = status >= 500 ? 'error' : QUIET.test(route) && status < 400 ? 'debug' : 'info';
    const { timing } = request;
    const tookMs = reply.elapsedTime;
    if (stream && logger.isLevelEnabled(level)) {
      const line = {
        request_id: request.id,
        method: request.method,
        route,
        status,
        duration_ms: Math.round(tookMs * 100) / 100,
        cache: timing?.cache,
        client: request.ip as string | undefined,
      };
      stream.lastLevel = logger.levels.values[level] ?? 0;
      stream.write(requestLine(level, time(), line));
    }
    // Sending is the client's time, and that of a stream is its length.
    const totalMs = timing?.totalMs ?? tookMs;
    if (slowMs === 0 || totalMs <= slowMs) return;
    const why = whySlow(totalMs, stalls.since(performance.now() - tookMs), timing);
    logger.warn({ request_id: request.id, method: request.method, route, status, ...why }, 'slow request');
  };

  // A hook for each route, which knows its template: to ask the request for it builds an object of twelve members.
  const hooks = new Map<string, onResponseHookHandler>();
  fastify.addHook('onRoute', (route) => {
    const hook = hooks.get(route.url) ?? ((request, reply, done) => done(void log(route.url, request, reply)));
    hooks.set(route.url, hook);
    // The route for HEAD is made of that for GET, with or without its hooks.
    const present = [route.onResponse ?? []].flat();
    if (!present.includes(hook)) route.onResponse = [...present, hook];
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.is404) log(UNMATCHED, request, reply);
    done();
  });
  fastify.addHook('onRequestAbort', (request, done) => {
    logger.debug(
      { request_id: request.id, method: request.method, route: request.routeOptions.url ?? UNMATCHED },
      'client went away',
    );
    done();
  });
}

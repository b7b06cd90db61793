import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of the trace that the request belongs to; undefined without tracing. */
    traceId: string | undefined;
  }
}

/** What the rest of the service needs of tracing; it knows nothing of OpenTelemetry. */
interface Tracer {
  /** Names the span of the current request by its route; returns the trace id. */
  name(method: string, route: string | undefined): string | undefined;

  /** Adds a span to the current request, which ended now and took so many milliseconds. */
  record(name: string, ms: number, attributes: Record<string, string>): void;

  /** Sends the last spans. */
  stop(): Promise<void>;
}

/** OpenTelemetry is not loaded unless tracing is configured: `start-tracing.ts` then sets the tracer. */
export const tracing: { tracer?: Tracer } = {};

const register: FastifyPluginCallback = (fastify, _, done) => {
  fastify.decorateRequest('traceId', undefined);
  if (tracing.tracer)
    fastify.addHook('onRequest', (request, _reply, next) => {
      request.traceId = tracing.tracer?.name(request.method, request.routeOptions.url);
      next();
    });
  done();
};

/** Names the span of each request by its route, also where a later hook refuses the request. */
export const requestTracing = fp(register, { name: 'request-tracing' });

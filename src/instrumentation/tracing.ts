import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the trace that it belongs to; undefined without tracing. */
    traceId: string | undefined;
  }
}

/** What tracing does for the rest of the service, which knows nothing of OpenTelemetry. */
export interface Tracer {
  /** Names the span of the request under way by its route; the result is the id of its trace. */
  name(method: string, route: string | undefined): string | undefined;

  /** Adds a span to the request under way: it ends now and took so many milliseconds. */
  record(name: string, ms: number, attributes: Record<string, string>): void;

  /** Sends the last spans. */
  stop(): Promise<void>;
}

/** Nothing of OpenTelemetry is loaded until it is wanted: `start-tracing.ts` puts the tracer here, and most never do. */
export const tracing: { tracer?: Tracer } = {};

/** Gives each span of a request its route, before all other hooks: what one of them answers is traced too. */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.decorateRequest('traceId', undefined);
  if (!tracing.tracer) return;
  fastify.addHook('onRequest', (request, _, done) => {
    traceRequest(request);
    done();
  });
}

/** To be called for what Fastify has no hooks for. */
export function traceRequest(request: FastifyRequest): void {
  request.traceId = tracing.tracer?.name(request.method, request.routeOptions.url);
}

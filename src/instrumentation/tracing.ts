import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of the request's trace; undefined without tracing. */
    traceId: string | undefined;
  }
}

/** The tracing interface, which keeps the rest of the service independent of OpenTelemetry. */
export interface Tracer {
  /** Names the span of the current request by its route; returns the id of its trace. */
  name(method: string, route: string | undefined): string | undefined;

  /** Adds a span to the current request that ends now and took `ms` milliseconds. */
  record(name: string, ms: number, attributes: Record<string, string>): void;

  /** Exports the remaining spans. */
  stop(): Promise<void>;
}

/** Holds the tracer if tracing is on. OpenTelemetry is loaded only then, by `telemetry/start-tracing.ts`. */
export const tracing: { tracer?: Tracer } = {};

/** Adds the hook that names spans by route. It must run before all others, which may send the response. */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.decorateRequest('traceId', undefined);
  if (!tracing.tracer) return;
  fastify.addHook('onRequest', (request, _, done) => {
    traceRequest(request);
    done();
  });
}

/** Names the span of a request that runs no hooks. */
export function traceRequest(request: FastifyRequest): void {
  request.traceId = tracing.tracer?.name(request.method, request.routeOptions.url);
}

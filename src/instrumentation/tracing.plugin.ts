import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { traceRequest, tracing } from './tracing';

const register: FastifyPluginCallback = (fastify, _, done) => {
  fastify.decorateRequest('traceId', undefined);
  if (tracing.tracer)
    fastify.addHook('onRequest', (request, _reply, next) => {
      traceRequest(request);
      next();
    });
  done();
};

/** Names the span of each request by its route, also where a later hook refuses the request. */
export const requestTracing = fp(register, { name: 'request-tracing' });

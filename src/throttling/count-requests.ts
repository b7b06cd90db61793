import type { FastifyInstance } from 'fastify';
import type { RequestThrottle } from './request-throttle';

/** Routes that are free: probes must be answered, above all when callers are refused. A path that is no route is not. */
const FREE = '/health/';

/**
 * Counts every request as it comes in. Guards would see neither unknown routes, nor methods that a path lacks, nor what
 * is refused before a handler, and a write only after its body was read. What is answered 304 is given back.
 */
export function countRequests(fastify: FastifyInstance, throttle: RequestThrottle): void {
  if (!throttle.isEnabled) return;
  fastify.decorateRequest('counted', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith(FREE) && !request.is404) return done();
    const refusal = throttle.admit(request, reply);
    if (refusal instanceof Promise) void refusal.then(done, done);
    else done(refusal);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode === 304) throttle.giveBack(request, reply);
    done(null, payload);
  });
}

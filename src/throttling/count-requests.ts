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
  fastify.addHook('onRequest', (request, _, done) => {
    if (request.url.startsWith(FREE) && !request.is404) return done();
    const refusal = throttle.admit(request);
    if (refusal instanceof Promise) void refusal.then(done, done);
    else done(refusal);
  });
  // At the end, when it is known what the answer counts.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    throttle.tell(request, reply);
    done(null, payload);
  });
}

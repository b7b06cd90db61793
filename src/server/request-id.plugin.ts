import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';

const register: FastifyPluginCallback = (fastify, _, done) => {
  fastify.addHook('onRequest', (request, reply, next) => {
    reply.header('x-request-id', request.id);
    next();
  });
  done();
};

/** Returns the request id, which is in the log lines and the problem body too, as `X-Request-Id`. */
export const requestId = fp(register, { name: 'request-id' });

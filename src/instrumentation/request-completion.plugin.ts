import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { RequestCompletion } from './request-completion';

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const completion = app.get(RequestCompletion);
  fastify.decorate('requestCompletion', completion);
  fastify.decorateRequest('problem', undefined);
  fastify.decorateRequest('timing', undefined);
  fastify.addHook('onRequest', (request, reply, next) => {
    completion.track(request, reply);
    next();
  });
  // Fastify takes `reply.elapsedTime` only where there is a hook on the response.
  fastify.addHook('onResponse', (_, _reply, next) => next());
  done();
};

/** Follows every request until it is completed, for the request log and for telemetry. */
export const requestCompletion = fp(register, { name: 'request-completion' });

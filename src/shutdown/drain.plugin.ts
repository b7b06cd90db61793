import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { Drain } from './drain';

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const shutdown = app.get(Drain);
  // On send rather than on request: requests in flight when the drain began close their connection too.
  fastify.addHook('onSend', (_, reply, payload, next) => {
    if (shutdown.isClosing) reply.header('connection', 'close');
    next(null, payload);
  });
  done();
};

/** Makes each response the last of its connection while the process drains. */
export const drain = fp(register, { name: 'drain' });

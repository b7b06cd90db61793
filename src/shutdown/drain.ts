import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';

/**
 * The drain phase of a graceful shutdown. In its first half readiness fails and everything else works as before, so that
 * load balancers stop sending new clients. In its second half no connection is accepted and responses carry
 * `Connection: close`: a client with a keep-alive connection uses it once more or closes it, and never sends a request
 * into a closing connection.
 */
@Injectable()
export class Drain {
  /** Readiness fails. */
  isStopping = false;

  /** Each response is the last of its connection. */
  isClosing = false;

  /** Resolves when the drain phase has ended. */
  async begin(milliseconds: number, refuseConnections = () => Promise.resolve()): Promise<void> {
    this.isStopping = true;
    const end = sleep(milliseconds);
    await sleep(milliseconds / 2);
    // In this order: a client whose connection is closed opens a new one.
    await refuseConnections();
    this.isClosing = true;
    await end;
  }
}

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

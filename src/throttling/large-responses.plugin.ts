import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { LARGE_BYTES, PoolShare } from './pool-share';
import { trackerOf } from './tracker';

/** What a response of the handler has set, and one of an error must not have. */
const OF_CONTENT = ['age', 'content-encoding', 'etag', 'last-modified', 'link'];

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const share = app.get(PoolShare);
  fastify.addHook('onSend', (request, reply, payload, next) => {
    const { raw } = reply;
    const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
    const isLarge = bytes >= LARGE_BYTES && request.method === 'GET';
    const turn = share.turnOf(raw) ?? (isLarge ? share.awaitLarge(trackerOf(request), raw) : undefined);
    if (!turn) return next(null, payload);
    turn.then(
      () => next(null, payload),
      (error: Error) => {
        for (const name of OF_CONTENT) reply.removeHeader(name);
        next(error);
      },
    );
  });
  done();
};

/**
 * Bounds the large responses that a client has not read, cached ones too: an entry stays in memory until it is read,
 * also when the cache has dropped it. A response to a write is never refused: the write has happened.
 *
 * @throws Problem 503 `overloaded` with Retry-After
 */
export const largeResponses = fp(register, { name: 'large-responses' });

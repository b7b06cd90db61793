import type { INestApplicationContext } from '@nestjs/common';
import { getStorageToken } from '@nestjs/throttler';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { rateLimitHeaders as headersOf } from './rate-limit-headers';
import { ThrottlingStats } from './throttling-stats';
import { type WindowStorage } from './window-storage';

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const storage = app.get<WindowStorage>(getStorageToken());
  const stats = app.get(ThrottlingStats);
  fastify.decorateRequest('appliedLimits', undefined);
  fastify.addHook('onSend', (request, reply, payload, next) => {
    const { appliedLimits: limits } = request;
    if (limits === undefined) return next(null, payload);
    // A 304 for the current tag costs no query. `If-None-Match: *`, which fits any response, is not free.
    if (reply.statusCode === 304 && reply.getHeader('x-cache') === 'HIT') {
      stats.refunded++;
      for (const limit of limits) {
        storage.decrement(limit.key, limit);
        limit.used--;
      }
    }
    reply.headers(headersOf(limits));
    next(null, payload);
  });
  done();
};

/** Sets the `RateLimit` headers on every response, and takes the count of a 304 from the cache back. */
export const rateLimitHeaders = fp(register, { name: 'rate-limit-headers' });

import type { INestApplicationContext } from '@nestjs/common';
import { getStorageToken } from '@nestjs/throttler';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { AppliedLimit } from './limit';
import { ThrottlingStats } from './throttling-stats';
import type { WindowStorage } from './window-storage';

/**
 * The headers that show the limits of a response: all of them in `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-10), the one with the least left in the older `X-RateLimit-*`. Times in seconds.
 */
export function rateLimitHeadersOf(limits: readonly AppliedLimit[]): Record<string, string> {
  let rateLimit = '';
  let policy = '';
  let [least, remaining, reset] = [0, Infinity, 0];
  for (const { name, quota, windowMs, used, seconds } of limits) {
    const separator = rateLimit === '' ? '' : ', ';
    const left = Math.max(0, quota - used);
    rateLimit += `${separator}"${name}";r=${left};t=${seconds}`;
    policy += `${separator}"${name}";q=${quota};w=${windowMs / 1000}`;
    if (left < remaining) [least, remaining, reset] = [quota, left, seconds];
  }
  return {
    ratelimit: rateLimit,
    'ratelimit-policy': policy,
    'x-ratelimit-limit': String(least),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  };
}

/**
 * Whether the client has sent the current tag: its 304 costs no query. A list of tags costs more, and one that is a
 * guess, like `*`, no client needs. Proxies make tags weak.
 */
const isRevalidation = ({ headers }: FastifyRequest, reply: FastifyReply): boolean =>
  headers['if-none-match']?.replace(/^W\//, '') === String(reply.getHeader('etag')).replace(/^W\//, '');

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const storage = app.get<WindowStorage>(getStorageToken());
  const stats = app.get(ThrottlingStats);
  fastify.decorateRequest('appliedLimits', undefined);
  fastify.addHook('onSend', (request, reply, payload, next) => {
    const { appliedLimits: limits } = request;
    if (limits === undefined) return next(null, payload);
    if (reply.statusCode === 304 && reply.getHeader('x-cache') === 'HIT' && isRevalidation(request, reply)) {
      stats.refunded++;
      storage.refund(limits);
    }
    reply.headers(rateLimitHeadersOf(limits));
    next(null, payload);
  });
  done();
};

/** Sets the `RateLimit` headers on every response, and takes the count of a 304 from the cache back. */
export const rateLimitHeaders = fp(register, { name: 'rate-limit-headers' });

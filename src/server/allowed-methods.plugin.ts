import { METHODS } from 'node:http';
import type { FastifyPluginCallback, HTTPMethods } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../problems/problem';

/** All methods that Node parses; a CONNECT never becomes a request. */
const ALL_METHODS = METHODS.filter((method) => method !== 'CONNECT');
/** The methods of a path are public. */
const config = { access: 'public' } as const;

declare module 'fastify' {
  interface FastifyInstance {
    /** Adds the missing methods of every path; call it once all routes are known. */
    addMissingMethods: () => void;
  }
}

const register: FastifyPluginCallback = (fastify, _, done) => {
  const byPath = new Map<string, Set<HTTPMethods>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = byPath.get(url) ?? new Set<HTTPMethods>();
    for (const one of [method].flat()) methods.add(one);
    byPath.set(url, methods);
  });
  fastify.decorate('addMissingMethods', () => {
    for (const method of ALL_METHODS) if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
    for (const [url, methods] of [...byPath]) {
      if (url.includes('*')) continue;
      const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ');
      if (!methods.has('OPTIONS'))
        fastify.route({
          method: 'OPTIONS',
          url,
          config,
          handler: (_, reply) => reply.status(204).header('allow', allow).send(),
        });
      const missing = ALL_METHODS.filter((method) => !methods.has(method) && method !== 'OPTIONS');
      if (missing.length === 0) continue;
      fastify.route({
        method: missing,
        url,
        config,
        // Before the body is read: the method is wrong whatever the body holds.
        onRequest: () =>
          Promise.reject(
            new Problem('method_not_allowed', { detail: `This path allows ${allow}.`, headers: { allow } }),
          ),
        handler: () => undefined,
      });
    }
  });
  done();
};

/**
 * Responds to the methods that a known path lacks: OPTIONS with 204 and `Allow`, all others with 405 and `Allow`
 * (RFC 9110, 9.3.7 and 15.5.6).
 */
export const allowedMethods = fp(register, { name: 'allowed-methods' });

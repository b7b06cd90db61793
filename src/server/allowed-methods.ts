import { METHODS } from 'node:http';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { Problem } from '../problems/problem';

/** What a path has is no secret: `@Public()` for routes without a handler of Nest's. */
const ANYBODY = { access: 'public' };
/** All that Node reads; a CONNECT never becomes a request. */
const ALL_METHODS = METHODS.filter((method) => method !== 'CONNECT');

/**
 * Answers the methods that a known path lacks: OPTIONS with 204 and `Allow`, the others, those of WebDAV too, with 405
 * and `Allow` (RFC 9110, 9.3.7 and 15.5.6). Call it on the bare instance; the returned function adds the routes once
 * all are known.
 */
export function collectMethods(fastify: FastifyInstance): () => void {
  const byPath = new Map<string, Set<HTTPMethods>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = byPath.get(url) ?? new Set<HTTPMethods>();
    for (const one of [method].flat()) methods.add(one);
    byPath.set(url, methods);
  });
  return () => {
    for (const method of ALL_METHODS) if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
    for (const [url, methods] of [...byPath]) {
      if (url.includes('*')) continue;
      const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ');
      const missing = ALL_METHODS.filter((method) => !methods.has(method) && method !== 'OPTIONS');
      if (!methods.has('OPTIONS')) {
        fastify.route({
          method: 'OPTIONS',
          url,
          config: ANYBODY,
          handler: (_, reply) => reply.status(204).header('allow', allow).send(),
        });
      }
      if (missing.length === 0) continue;
      fastify.route({
        method: missing,
        url,
        config: ANYBODY,
        // Before the body is read: a wrong method is wrong whatever it carries.
        onRequest: () =>
          Promise.reject(new Problem('method_not_allowed', { detail: `This path has ${allow}.`, headers: { allow } })),
        handler: () => undefined,
      });
    }
  };
}

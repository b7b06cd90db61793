import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../problems/problem';
import { refuseQuery } from '../routing/query-parameters';
import { rawQueryOf, routeOf } from '../routing/route';

const register: FastifyPluginCallback = (fastify, _, done) => {
  fastify.decorateRequest('parsedQuery', undefined);
  fastify.addHook('onRequest', (request, _reply, next) => {
    try {
      check(request);
    } catch (error) {
      return next(error as Error);
    }
    next();
  });
  // Node would respond to another expectation than 100-continue itself, without problem+json.
  fastify.server.on('checkExpectation', (request, response) => fastify.routing(request, response));
  done();
};

/** Refuses requests that are invalid whatever their body is. After the guards, so that they are rate limited. */
export const requestChecks = fp(register, { name: 'request-checks', dependencies: ['early-guards'] });

function check(request: FastifyRequest): void {
  const { host, expect } = request.headers;
  if (host === undefined && request.raw.httpVersion === '1.1')
    throw new Problem('bad_request', { detail: 'The header Host is missing.' });
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') throw new Problem('expectation_failed');
  // Fastify's parser keeps what it cannot decode as it is.
  if (request.url.includes('%')) decodeURIComponent(request.url.replace(/^[^?]*/, ''));
  const { config, url } = routeOf(request);
  // With CORS enabled, its package has a route for every OPTIONS request.
  if (request.is404 || (request.method === 'OPTIONS' && url === '*'))
    throw new Problem('not_found', { detail: 'There is no such route.' });
  if (config.handler && !config.query && request.url.includes('?')) refuseQuery(rawQueryOf(request));
}

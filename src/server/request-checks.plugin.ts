import type { Socket } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Config } from '../config/config';
import { Problem } from '../problems/problem';
import { accepts } from '../routing/accept';
import { refuseQuery } from '../routing/query-parameters';
import { rawQueryOf, routeOf } from '../routing/route';
import { allowedHosts } from './allowed-hosts';
import { handleParserError } from './parser-error';

const JSON_ONLY = ['application/json'];
const PROBLEM_TYPE = 'application/problem+json';
/** Room for two keys of 128 characters, percent-encoded. */
const MAX_PATH_LENGTH = 2000;
/** What a server should support at least (RFC 9110, 4.1). */
const MAX_URL_LENGTH = 8000;

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const isAllowed = allowedHosts(app.get(Config));
  fastify.decorateRequest('parsedQuery', undefined);
  fastify.addHook('onRequest', (request, _reply, next) => {
    try {
      check(request, isAllowed);
    } catch (error) {
      return next(error as Error);
    }
    next();
  });
  // Node would respond to another expectation than 100-continue itself, without problem+json.
  fastify.server.on('checkExpectation', (request, response) => fastify.routing(request, response));
  // Node would close the connection without a response. Its own listeners are gone.
  fastify.server.on('connect', (_request, socket: Socket) => {
    socket.on('error', () => undefined);
    handleParserError.call(fastify, new Error('CONNECT is for proxies.'), socket);
    socket.destroySoon();
  });
  done();
};

/** Refuses requests that are invalid whatever their body is. After the guards, so that they are rate limited. */
export const requestChecks = fp(register, { name: 'request-checks', dependencies: ['early-guards'] });

function check(request: FastifyRequest, isAllowed: ((host: string) => boolean) | undefined): void {
  const { accept, expect, host } = request.headers;
  checkVersionAndHost(request);
  if (isAllowed && host !== undefined && !isAllowed(host)) throw new Problem('misdirected_request');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') throw new Problem('expectation_failed');
  checkTarget(request);
  const { config, url } = routeOf(request);
  // With CORS enabled, its package has a route for every OPTIONS request.
  if (request.is404 || (request.method === 'OPTIONS' && url === '*'))
    throw new Problem('not_found', { detail: 'There is no such route.' });
  const { produces = config.handler && JSON_ONLY } = config;
  // Every route responds to errors with a problem, which clients accept beside the type of the route, or alone for 204.
  if (produces && !produces.some((type) => accepts(accept, type)) && !accepts(accept, PROBLEM_TYPE))
    throw new Problem('not_acceptable', { detail: `This route responds with ${produces.join(' or ')}.` });
  if (config.handler && !config.query && request.url.includes('?')) refuseQuery(rawQueryOf(request));
}

/** RFC 9112, 2.3 and 3.2. Node joins the values of repeated headers by commas. */
function checkVersionAndHost({ raw: { httpVersion }, headers: { host } }: FastifyRequest): void {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    throw new Problem('bad_request', { detail: 'The HTTP version must be 1.1 or 1.0.' });
  if (host === undefined ? httpVersion === '1.1' : host.includes(','))
    throw new Problem('bad_request', { detail: 'The header Host must be given once.' });
}

/** The request target as the client sent it (RFC 9112, 3.2). Routing has kept or escaped what cannot be decoded. */
function checkTarget({ originalUrl, url }: FastifyRequest): void {
  if (originalUrl.includes('%')) decodeURIComponent(originalUrl);
  // Fastify would read a query from there on.
  if (originalUrl.includes('#')) throw new Problem('bad_request', { detail: 'The URL must not contain #.' });
  if (
    originalUrl.length > MAX_PATH_LENGTH &&
    (originalUrl.length > MAX_URL_LENGTH || pathLength(url) > MAX_PATH_LENGTH)
  )
    throw new Problem('uri_too_long');
}

const pathLength = (url: string) => url.split('?', 1)[0]?.length ?? 0;

import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem';

/** What is wrong with a request whatever its body holds; Fastify's parser would keep a query it cannot decode as it is. */
export function refusal(request: FastifyRequest): Error | undefined {
  const { host, expect } = request.headers;
  if (host === undefined && request.raw.httpVersion === '1.1')
    return new Problem('bad_request', { detail: 'The header Host is missing.' });
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return new Problem('expectation_failed');
  try {
    if (request.url.includes('%')) decodeURIComponent(request.url.replace(/^[^?]*/, ''));
  } catch (error) {
    return error as URIError;
  }
  // With CORS switched on, its package has a route for every preflight.
  const isNowhere = request.is404 || (request.method === 'OPTIONS' && request.routeOptions.url === '*');
  return isNowhere ? new Problem('not_found', { detail: 'There is no such route.' }) : undefined;
}

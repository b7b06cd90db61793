import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { UNMATCHED } from '../instrumentation/request-completion';
import { traceRequest } from '../instrumentation/tracing';
import { toHttpProblem } from '../problems/error-mapper';
import { PROBLEM_HEADERS } from '../problems/problem.filter';
import { SECURITY_HEADERS } from './response-headers.plugin';

/**
 * Responds to what Fastify refuses before it has found a route: a URL that cannot be decoded, a parameter that is too
 * long. No hook runs for these requests, so this does what the hooks would do.
 */
export function handleFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toHttpProblem(error.code === 'FST_ERR_BAD_URL' ? new URIError(error.message) : error);
  traceRequest(request);
  reply.raw.once('close', () =>
    request.server.requestCompletion.emit({
      id: request.id,
      method: request.method,
      route: UNMATCHED,
      status: problem.status,
      ms: 0,
      problem: problem.code,
      client: request.ip,
      traceId: request.traceId,
    }),
  );
  void reply
    .status(problem.status)
    .headers({
      ...SECURITY_HEADERS,
      ...PROBLEM_HEADERS,
      'x-request-id': request.id,
      'x-cache': 'BYPASS',
    })
    .send(JSON.stringify(problem.toBody(request.url.split('?', 1)[0] ?? '', request.id, request.traceId)));
}

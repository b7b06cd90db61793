import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type {} from '../instrumentation/request-completion';
import type {} from '../instrumentation/tracing';
import { ErrorMapper } from './error-mapper';
import type { Problem } from './problem';
import { problemKinds } from './problem-codes';

/** The headers of every error. No cache may store one. */
export const PROBLEM_HEADERS = {
  'content-type': 'application/problem+json; charset=utf-8',
  'cache-control': 'no-store',
};

/**
 * What is logged of a problem. Only an unexpected error has a stack trace: to format one takes about a millisecond, and
 * an unavailable dependency causes thousands of equal ones at once.
 */
function reasonOf(problem: Problem): object {
  const error = problem.cause instanceof Error ? problem.cause : problem;
  if (problem.code === 'internal_error') return error;
  const { name: type, message, code } = error as Error & { code?: string };
  return { type, message, code };
}

/** Sends every error as `application/problem+json` (RFC 9457), and logs it at the level of its problem code. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  constructor(private readonly errors: ErrorMapper) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // The body ended early because the client closed the connection: nothing failed here, and no response can be sent.
    if (error !== null && request.raw.errored === error) return;
    const problem = this.errors.toProblem(error, request);
    request.problem = problem.code;
    const { level } = problemKinds[problem.code];
    if (level === 'error' || level === 'warn') {
      this.logger[level](
        { request_id: request.id, trace_id: request.traceId, code: problem.code, err: reasonOf(problem) },
        problem.message,
      );
    }
    const isClientGone = request.raw.destroyed && !request.raw.complete;
    if (reply.sent || isClientGone) return;
    if (request.method === 'GET' && !reply.hasHeader('x-cache')) reply.header('x-cache', 'BYPASS');
    void reply
      .status(problem.status)
      .headers({ ...problem.headers, ...PROBLEM_HEADERS })
      .send(JSON.stringify(problem.toBody(request.url.split('?', 1)[0] ?? '', request.id, request.traceId)));
  }
}

import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type {} from '../instrumentation/request-completion';
import type {} from '../instrumentation/tracing';
import { ErrorMapper } from './error-mapper';
import { problemKinds } from './problem-codes';

/** The headers of every error. No cache may store one. */
export const PROBLEM_HEADERS = {
  'content-type': 'application/problem+json; charset=utf-8',
  'cache-control': 'no-store',
};

/** Sends every error as `application/problem+json` (RFC 9457), and logs it at the level of its problem code. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  constructor(private readonly errors: ErrorMapper) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.errors.toProblem(error, request);
    request.problem = problem.code;
    const { level } = problemKinds[problem.code];
    if (level === 'error' || level === 'warn') {
      this.logger[level](
        { request_id: request.id, trace_id: request.traceId, code: problem.code, err: problem.cause ?? problem },
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

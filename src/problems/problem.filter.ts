import { ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toDatabaseProblem } from '../database/database-errors';
import { Problem } from './problem';
import { type ProblemCode, problemKinds } from './problem-codes';
import { unsupportedMediaType } from '../body/body-parsers';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const CODE_OF_STATUS: Record<number, ProblemCode> = {
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
  503: 'not_ready',
};

/** Turns whatever was thrown into a problem: ours, Nest's, Fastify's, the database's, or a defect. */
export function toProblem(error: unknown, request?: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  const database = toDatabaseProblem(error);
  if (database) return database;
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number } | undefined)?.statusCode;
  // A parameter too long is a URIError of Fastify's too.
  if (error instanceof URIError && status !== 414) return new Problem('invalid_encoding', { cause: error });
  if (status === undefined || status === 500) return new Problem('internal_error', { cause: error });
  if (status === 404) return new Problem('not_found', { detail: 'There is no such route.' });
  if (status === 415 && request)
    return unsupportedMediaType(request, 'The content type is missing or not accepted by this route.');
  if (status === 413 && request) {
    const limit = request.routeOptions.bodyLimit;
    return new Problem('payload_too_large', {
      detail: `The body may have ${limit} bytes at the most.`,
      members: { limit },
    });
  }
  const known = CODE_OF_STATUS[status];
  if (known) return new Problem(known, { cause: error });
  return new Problem(status < 500 ? 'bad_request' : 'internal_error', { cause: error });
}

/** Answers every failure in one shape, `application/problem+json` (RFC 9457), and logs it as loudly as its kind asks for. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    this.answer(toProblem(error, request), request, reply);
  }

  /** Sends a problem as the answer of a request; nothing is sent twice or to a client that went away. */
  answer(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    request.problem = problem.code;
    const { level } = problemKinds[problem.code];
    if (level === 'error' || level === 'warn') {
      this.logger[level](
        { request_id: request.id, trace_id: request.traceId, code: problem.code, err: problem.cause ?? problem },
        problem.message,
      );
    }
    if (reply.sent || (request.raw.destroyed && !request.raw.complete)) return;
    if (request.method === 'GET' && !reply.hasHeader('x-cache')) reply.header('x-cache', 'BYPASS');
    void reply
      .status(problem.status)
      .headers({ ...problem.headers, 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' })
      .send(JSON.stringify(problem.toBody(request.url.split('?', 1)[0] ?? '', request.id, request.traceId)));
  }
}

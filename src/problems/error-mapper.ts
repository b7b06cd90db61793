import { HttpException, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem';
import type { ProblemCode } from './problem-codes';

/** Turns errors of one kind into problems; undefined for all others. */
export type ErrorMapping = (error: unknown, request?: FastifyRequest) => Problem | undefined;

const CODE_BY_STATUS: Record<number, ProblemCode> = {
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
  503: 'not_ready',
};

/** The HTTP status that an error of Nest or Fastify carries; undefined for all others. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number } | undefined)?.statusCode;

/** The problem of an error of Nest or Fastify by its status; 500 `internal_error` for any other error. */
export function toHttpProblem(error: unknown): Problem {
  const status = statusOf(error) ?? 500;
  if (error instanceof URIError) return new Problem('invalid_encoding', { cause: error });
  if (status === 404) return new Problem('not_found', { detail: 'There is no such route.' });
  const code = CODE_BY_STATUS[status] ?? (status < 500 ? 'bad_request' : 'internal_error');
  return new Problem(code, { cause: error });
}

/**
 * Turns any error into a problem: a `Problem` as it is, errors that a module knows by the mapping it registered, errors
 * of Nest and Fastify by their status, and everything else into 500 `internal_error`.
 */
@Injectable()
export class ErrorMapper {
  private readonly mappings: ErrorMapping[] = [];

  /** Registers the mapping of a module's own errors. */
  register(mapping: ErrorMapping): void {
    this.mappings.push(mapping);
  }

  toProblem(error: unknown, request?: FastifyRequest): Problem {
    if (error instanceof Problem) return error;
    for (const mapping of this.mappings) {
      const problem = mapping(error, request);
      if (problem) return problem;
    }
    return toHttpProblem(error);
  }
}

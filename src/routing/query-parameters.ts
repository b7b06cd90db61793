import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem';
import { type RawQuery, rawQueryOf, routeOf } from './route';
import { MAX_ECHO, MAX_ERRORS, type Violation } from '../validation/violation';

/** A parsed query. */
export interface ParsedQuery {
  /** The query as URL parameters in one canonical spelling, without defaults: equal queries have equal ones. */
  readonly canonical: string;
  /** Whether the query can take much longer than others: a client runs few of them at the same time. */
  readonly isCostly?: boolean;
}

/** Parses the query parameters of a route. */
export interface QueryParser<Query extends ParsedQuery = ParsedQuery> {
  /** @throws Problem 400 `invalid_parameter` that names every violation */
  parse(query: RawQuery): Query;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined until something needs the parsed query. */
    parsedQuery: ParsedQuery | undefined;
  }
}

/**
 * Parses query parameters and collects every violation. An unknown or repeated parameter is a violation, as is what
 * `read` adds.
 *
 * @throws Problem 400 `invalid_parameter` that names every violation
 */
export function parseQuery<Query>(
  query: RawQuery,
  known: readonly string[],
  read: (parameters: Readonly<Record<string, string>>, violations: Violation[]) => Query,
): Query {
  const violations: Violation[] = [];
  const result = read(singleValues(query, known, violations), violations);
  const [first] = violations;
  if (!first) return result;
  throw new Problem('invalid_parameter', {
    detail: violations.length === 1 ? first.detail : `${violations.length} parameters are wrong; see errors.`,
    errors: violations.slice(0, MAX_ERRORS),
  });
}

/** The parser of a route that takes these optional parameters with any value. */
export const textParameters = (...names: string[]): QueryParser<ParsedQuery & { values: Record<string, string> }> => ({
  parse: (query) =>
    parseQuery(query, names, (values) => ({ values, canonical: new URLSearchParams(values).toString() })),
});

/** @throws Problem 400 `invalid_parameter` where a route without parameters gets one */
export const refuseQuery = (query: RawQuery): void => parseQuery(query, [], () => undefined);

/** The parsed query of a request; parsed once, by the first that needs it. */
export function parsedQueryOf(request: FastifyRequest): ParsedQuery {
  const { query: parser } = routeOf(request).config;
  if (!parser) throw new Error(`${routeOf(request).url} declares no query parameters.`);
  return (request.parsedQuery ??= parser.parse(rawQueryOf(request)));
}

/** Parameter decorator: the parsed query of the request. */
export const RequestQuery = createParamDecorator((_: unknown, context: ExecutionContext) =>
  parsedQueryOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

function singleValues(query: RawQuery, known: readonly string[], violations: Violation[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [parameter, value] of Object.entries(query)) {
    if (!known.includes(parameter))
      violations.push({
        parameter: parameter.slice(0, MAX_ECHO),
        code: 'unknown_parameter',
        detail:
          known.length > 0
            ? `The parameter is unknown. Known parameters: ${known.join(', ')}.`
            : 'This route takes no parameters.',
      });
    else if (typeof value !== 'string')
      violations.push({
        parameter,
        code: 'repeated_parameter',
        detail: `${parameter} must be given once; separate several values by commas.`,
      });
    else if (value.includes('\0') || parameter.includes('\0'))
      violations.push({ parameter, code: 'invalid_character', detail: `${parameter} must not contain NUL.` });
    else parameters[parameter] = value;
  }
  return parameters;
}

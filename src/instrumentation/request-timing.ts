import type { FastifyRequest } from 'fastify';
import { QueryStats } from './query-stats';

declare module 'fastify' {
  interface FastifyRequest {
    /** The timing, from the start of the handler; undefined without a handler or if a guard refused the request. */
    timing?: RequestTiming;
    /** Duration of authentication in milliseconds; 0 for requests without credentials. */
    authenticationMs: number;
  }
}

/** Starts to measure authentication; the returned function ends the measurement and calls `done`. */
export function timeAuthentication(request: FastifyRequest, done: () => void): () => void {
  const start = performance.now();
  return () => {
    request.authenticationMs = performance.now() - start;
    done();
  };
}

/** The timing of one request, in milliseconds. */
export class RequestTiming {
  readonly database = new QueryStats();

  /** The cache result, as in `X-Cache`. */
  cache: string | undefined = undefined;

  /** Time spent waiting for the generation of the database. */
  generationMs: number | undefined = undefined;

  /** Time from the first byte of the request until the response is ready to send; undefined until then. */
  totalMs: number | undefined = undefined;

  /** @param beforeMs time from the first byte of the request to its handler, mostly reading the body */
  constructor(readonly beforeMs: number) {}

  /** The value of the header `Server-Timing` (W3C Server Timing), rounded to tenths of a millisecond. */
  toHeader(): string {
    const { cache, generationMs, database, totalMs = 0 } = this;
    let header = cache === undefined ? '' : `cache;desc=${cache}, `;
    if (generationMs !== undefined) header += `gen;dur=${tenths(generationMs)}, `;
    if (database.ms > 0) header += `db;dur=${tenths(database.ms)}, `;
    return `${header}total;dur=${tenths(totalMs)}`;
  }
}

/** Rounds milliseconds to tenths. */
export const tenths = (ms: number): number => Math.round(ms * 10) / 10;

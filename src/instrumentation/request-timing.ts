import type { FastifyRequest } from 'fastify';
import { QueryStats } from './query-stats';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the time went, from the moment its handler is due; absent where there is none or a guard refused. */
    timing?: RequestTiming;
    /** How long it took to find out who calls, in milliseconds; 0 for callers without credentials. */
    authenticationMs: number;
  }
}

/** To be called when it is asked who calls; the returned function when that is known. */
export function timeAuthentication(request: FastifyRequest, done: () => void): () => void {
  const start = performance.now();
  return () => {
    request.authenticationMs = performance.now() - start;
    done();
  };
}

/** Where the time of one request went; all in milliseconds. */
export class RequestTiming {
  readonly database = new QueryStats();

  /** How the cache answered, as in `X-Cache`. */
  cache: string | undefined = undefined;

  /** The wait for the generation of the database. */
  generationMs: number | undefined = undefined;

  /** From the first byte of the request to the answer, without sending it; undefined until then. */
  totalMs: number | undefined = undefined;

  /** @param beforeMs from the first byte of the request to its handler: reading its body, mostly */
  constructor(readonly beforeMs: number) {}

  /** The header `Server-Timing` (W3C Server Timing), to tenths of a millisecond. */
  toHeader(): string {
    const { cache, generationMs, database, totalMs = 0 } = this;
    let header = cache === undefined ? '' : `cache;desc=${cache}, `;
    if (generationMs !== undefined) header += `gen;dur=${tenths(generationMs)}, `;
    if (database.ms > 0) header += `db;dur=${tenths(database.ms)}, `;
    return `${header}total;dur=${tenths(totalMs)}`;
  }
}

/** Milliseconds to tenths. */
export const tenths = (ms: number): number => Math.round(ms * 10) / 10;

import { AsyncLocalStorage } from 'node:async_hooks';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the time of the request went; undefined before its interceptors run. */
    timing: RequestTiming | undefined;
    /** Milliseconds that authentication took; 0 for requests without credentials. */
    authenticationMs: number;
  }
}

/** Where the time of one request went; all in milliseconds. */
export class RequestTiming {
  private stats: QueryStats | undefined = undefined;

  /** The state of the cache, as in `X-Cache`. */
  cache: string | undefined = undefined;

  /** The wait for the generation query. */
  generationMs: number | undefined = undefined;

  /** From the first byte of the request to the start of the response; undefined until then. */
  totalMs: number | undefined = undefined;

  /** @param beforeMs from the first byte of the request to its handler: reading the body, mostly */
  constructor(readonly beforeMs: number) {}

  /** The database statements of the request; a cache hit has none. */
  get database(): QueryStats {
    return (this.stats ??= new QueryStats());
  }

  /** The header `Server-Timing` (W3C Server Timing), in tenths of a millisecond. */
  toHeader(): string {
    const { cache, generationMs, stats, totalMs = 0 } = this;
    let header = cache === undefined ? '' : `cache;desc=${cache}, `;
    if (generationMs !== undefined) header += `gen;dur=${tenths(generationMs)}, `;
    if (stats && stats.ms > 0) header += `db;dur=${tenths(stats.ms)}, `;
    return `${header}total;dur=${tenths(totalMs)}`;
  }
}

/** Milliseconds rounded to tenths. */
export const tenths = (ms: number): number => Math.round(ms * 10) / 10;

/** The database statements of one request. */
export class QueryStats {
  /** Milliseconds spent in statements, including the wait for a connection; parallel statements each count. */
  ms = 0;

  /** The part of `ms` spent waiting for a connection of the pool. */
  waitMs = 0;

  statements = 0;

  /** Adds a wait for a connection. */
  addWait(ms: number): void {
    this.ms += ms;
    this.waitMs += ms;
  }

  /** Whether the handler timed out: further statements are refused. */
  isExpired = false;

  /** Whether a COMMIT is in progress: the response has to wait for its outcome. */
  isCommitting = false;
}

const storage = new AsyncLocalStorage<QueryStats>();

/** Runs `handle`; its statements, now or later, are added to `stats`. */
export const withQueryStats = <T>(stats: QueryStats, handle: () => T): T => storage.run(stats, handle);

/** The statistics of the current request; undefined outside requests. */
export const currentQueryStats = (): QueryStats | undefined => storage.getStore();

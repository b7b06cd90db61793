import { AsyncLocalStorage } from 'node:async_hooks';

/** The database statements of one request. */
export class QueryStats {
  /** Milliseconds spent in statements, including the wait for a connection; parallel statements each count. */
  ms = 0;

  /** The part of `ms` spent waiting for a connection of the pool. */
  waitMs = 0;

  statements = 0;

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

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

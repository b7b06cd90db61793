import { Distribution } from '../instrumentation/distribution';
import { currentQueryStats, type QueryStats } from '../instrumentation/request-timing';
import { Problem } from '../problems/problem';
import { refusesWrites, toConnectionProblem, toDatabaseProblem, toOutcomeUnknown } from './database-errors';

const WAIT_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2];
const STATEMENT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5];

/**
 * Statistics of all statements since the process started, for telemetry. Each step is measured for its request too, if
 * there is one.
 */
export class DatabaseStats {
  /** The wait for a connection of the pool, in seconds. */
  readonly waits = new Distribution(WAIT_SECONDS);

  /** The duration of each statement, in seconds. */
  readonly statements = new Distribution(STATEMENT_SECONDS);

  /** Failed statements by problem code. */
  readonly failures = new Map<string, number>();

  /** When the last statement succeeded, in milliseconds since 1970; 0 before that. */
  lastResponseAt = 0;

  /** The last refusal of a write by the server, until a COMMIT succeeds; `at` in milliseconds since 1970. */
  refusal: { sqlState: string; at: number } | undefined;

  /**
   * Measures the wait for a connection.
   *
   * @throws Problem 504 `timeout` when the request has timed out; 503 when there is no connection
   */
  measureConnect<T>(connect: () => Promise<T>, request = currentQueryStats()): Promise<T> {
    return this.measure(connect, request, (ms) => {
      this.waits.add(ms / 1000);
      if (request) request.waitMs += ms;
    });
  }

  /**
   * Measures a statement.
   *
   * @throws Problem 504 `timeout` when the request has timed out; 503 when the connection is lost
   */
  measureQuery<T>(statement: () => Promise<T>, request = currentQueryStats()): Promise<T> {
    return this.measure(statement, request, (ms, isSuccessful) => {
      if (request) request.statements++;
      if (!isSuccessful) return;
      this.statements.add(ms / 1000);
      this.lastResponseAt = Date.now();
    });
  }

  /**
   * Measures a COMMIT. It does not start after the request has timed out, and the timeout waits for its outcome: a
   * response of 504 means that nothing was written.
   *
   * @throws Problem 504 `timeout` when the request has timed out; 503 `outcome_unknown` when the connection is lost
   */
  async measureCommit(commit: () => Promise<void>, request = currentQueryStats()): Promise<void> {
    try {
      await this.measureQuery(() => {
        if (request) request.isCommitting = true;
        return commit();
      }, request);
      this.refusal = undefined;
    } catch (error) {
      throw toOutcomeUnknown(error) ?? error;
    } finally {
      if (request) request.isCommitting = false;
    }
  }

  private async measure<T>(
    step: () => Promise<T>,
    request: QueryStats | undefined,
    record: (ms: number, isSuccessful: boolean) => void,
  ): Promise<T> {
    if (request?.isExpired) throw new Problem('timeout');
    const start = performance.now();
    let isSuccessful = false;
    try {
      const result = await step();
      isSuccessful = true;
      return result;
    } catch (cause) {
      // Only here is it known that the error of a socket is one of the database.
      const lost = toConnectionProblem(cause);
      const error: unknown = lost ?? cause;
      const sqlState = refusesWrites(error);
      if (sqlState !== undefined) this.refusal = { sqlState, at: Date.now() };
      const reason = (lost ?? toDatabaseProblem(error))?.code ?? 'internal_error';
      this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
      throw error;
    } finally {
      const ms = performance.now() - start;
      if (request) request.ms += ms;
      record(ms, isSuccessful);
    }
  }
}

import type { QueryStats } from '../instrumentation/query-stats';
import { Problem } from '../problems/problem';
import type { DatabaseStats } from './database-stats';

/**
 * Measures the wait for a connection.
 *
 * @throws Problem 504 `timeout` when the request has timed out
 */
export async function measureConnect<T>(
  times: DatabaseStats,
  stats: QueryStats | undefined,
  connect: () => Promise<T>,
): Promise<T> {
  refuseExpired(stats);
  const start = performance.now();
  try {
    return await connect();
  } catch (error) {
    times.addFailure(error);
    throw error;
  } finally {
    const ms = performance.now() - start;
    times.addWait(ms);
    if (stats) {
      stats.ms += ms;
      stats.waitMs += ms;
    }
  }
}

/**
 * Measures a statement.
 *
 * @throws Problem 504 `timeout` when the request has timed out
 */
export async function measureQuery<T>(
  times: DatabaseStats,
  stats: QueryStats | undefined,
  statement: () => Promise<T>,
): Promise<T> {
  refuseExpired(stats);
  const start = performance.now();
  try {
    const result = await statement();
    times.addStatement(performance.now() - start);
    return result;
  } catch (error) {
    times.addFailure(error);
    throw error;
  } finally {
    if (stats) {
      stats.statements++;
      stats.ms += performance.now() - start;
    }
  }
}

/**
 * Measures a COMMIT. It does not start after the request has timed out, and the timeout waits for its outcome: a
 * response of 504 means that nothing was written.
 *
 * @throws Problem 504 `timeout` when the request has timed out
 */
export async function measureCommit(
  times: DatabaseStats,
  stats: QueryStats | undefined,
  commit: () => Promise<void>,
): Promise<void> {
  if (!stats) return measureQuery(times, stats, commit);
  try {
    await measureQuery(times, stats, () => {
      stats.isCommitting = true;
      return commit();
    });
  } finally {
    stats.isCommitting = false;
  }
}

function refuseExpired(stats: QueryStats | undefined): void {
  if (stats?.isExpired) throw new Problem('timeout');
}

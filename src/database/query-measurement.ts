import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryStats } from '../instrumentation/query-stats';
import { Problem } from '../problems/problem';
import type { DatabaseStats } from './database-stats';

const running = new AsyncLocalStorage<QueryStats>();

/** Runs `handle`; what it asks of the database, now or later, is counted as this work. */
export const withQueryStats = <T>(work: QueryStats, handle: () => T): T => running.run(work, handle);

/** The work that statements count as at this moment; none in a command. */
export const currentQueryStats = (): QueryStats | undefined => running.getStore();

/** Waits for a connection. */
export async function measureConnect<T>(
  times: DatabaseStats,
  work: QueryStats | undefined,
  connect: () => Promise<T>,
): Promise<T> {
  refuseExpired(work);
  const start = performance.now();
  try {
    return await connect();
  } catch (error) {
    times.failed(error);
    throw error;
  } finally {
    const ms = performance.now() - start;
    times.waited(ms);
    if (work) {
      work.ms += ms;
      work.waitMs += ms;
    }
  }
}

/**
 * Runs a statement.
 *
 * @throws Problem 504 `timeout` when the time of the request is over
 */
export async function measureQuery<T>(
  times: DatabaseStats,
  work: QueryStats | undefined,
  statement: () => Promise<T>,
): Promise<T> {
  refuseExpired(work);
  const start = performance.now();
  try {
    const result = await statement();
    times.took(performance.now() - start);
    return result;
  } catch (error) {
    times.failed(error);
    throw error;
  } finally {
    if (work) {
      work.statements++;
      work.ms += performance.now() - start;
    }
  }
}

/**
 * Runs a COMMIT, unless the time of the request is over: either it is answered as late and nothing is written, or the
 * answer waits for the outcome.
 *
 * @throws Problem 504 `timeout` when the time of the request is over
 */
export async function measureCommit(
  times: DatabaseStats,
  work: QueryStats | undefined,
  commit: () => Promise<void>,
): Promise<void> {
  if (!work) return measureQuery(times, work, commit);
  try {
    await measureQuery(times, work, () => {
      work.isCommitting = true;
      return commit();
    });
  } finally {
    work.isCommitting = false;
  }
}

function refuseExpired(work: QueryStats | undefined): void {
  if (work?.isExpired) throw new Problem('timeout');
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { Problem } from '../problems/problem';
import type { DatabaseTimes } from './database-times';

/** What one request has asked of the database, and whether it still may. */
export class DatabaseWork {
  /** Milliseconds that statements took, waits for a connection included; statements side by side count each. */
  ms = 0;

  /** Milliseconds of these that went by before there was a connection. */
  waitMs = 0;

  statements = 0;

  /** Whether the request was answered because its time was over: what it still asks is refused. */
  isExpired = false;

  /** Whether a COMMIT is under way: whatever the answer will be, it must wait for that. */
  isCommitting = false;
}

const running = new AsyncLocalStorage<DatabaseWork>();

/** Runs `handle`; what it asks of the database, now or later, is counted as this work. */
export const countingAs = <T>(work: DatabaseWork, handle: () => T): T => running.run(work, handle);

/** The work that statements count as at this moment; none in a command. */
export const currentWork = (): DatabaseWork | undefined => running.getStore();

/** Waits for a connection. */
export async function waiting<T>(
  times: DatabaseTimes,
  work: DatabaseWork | undefined,
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
export async function counting<T>(
  times: DatabaseTimes,
  work: DatabaseWork | undefined,
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
export async function committing(
  times: DatabaseTimes,
  work: DatabaseWork | undefined,
  commit: () => Promise<void>,
): Promise<void> {
  if (!work) return counting(times, work, commit);
  try {
    await counting(times, work, () => {
      work.isCommitting = true;
      return commit();
    });
  } finally {
    work.isCommitting = false;
  }
}

function refuseExpired(work: DatabaseWork | undefined): void {
  if (work?.isExpired) throw new Problem('timeout');
}

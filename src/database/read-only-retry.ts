import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { discardIdleConnections } from './connection';
import { isReadOnly } from './database-errors';

const ATTEMPTS = 4;
/** The least time between the starts of two checks. */
const INTERVAL_MS = 250;

/**
 * Repeats a write that a read-only session refused once new sessions can write: a session keeps the default that it was
 * opened with, and its server. Whether they can is checked with one new session for all writes that wait, so that
 * refused writes open at most four sessions a second.
 */
export class ReadOnlyRetry {
  private next: Promise<boolean> | undefined;

  private startedAt = -Infinity;

  constructor(private readonly pool: () => Pool) {}

  /** @throws the error of the step, which is a refusal where new sessions are read-only too */
  async run<T>(step: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await step();
      } catch (error) {
        if (attempt === ATTEMPTS || !isReadOnly(error) || !(await this.nextCheck())) throw error;
      }
    }
  }

  private nextCheck(): Promise<boolean> {
    return (this.next ??= this.check());
  }

  /** Whether a new session can write. If so, the idle sessions are replaced. */
  private async check(): Promise<boolean> {
    await sleep(Math.max(0, this.startedAt + INTERVAL_MS - performance.now()));
    // A write that is refused from now on needs a later check.
    this.next = undefined;
    this.startedAt = performance.now();
    const pool = this.pool();
    const isWritable = await canWrite(new Client(pool.options)).catch(() => false);
    if (isWritable) discardIdleConnections(pool);
    return isWritable;
  }
}

/** @throws the error of the connection */
async function canWrite(client: Client): Promise<boolean> {
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Also on while the server is in recovery.
    const { rows } = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
    return rows[0]?.transaction_read_only === 'off';
  } finally {
    client.end().catch(() => undefined);
  }
}

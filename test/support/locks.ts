import type { Client } from 'pg';

/**
 * The number of sessions of this database that wait for a lock.
 *
 * @param client can be in a transaction, in which PostgreSQL would list the sessions of its first look again and again
 */
export async function waitingForLocks(client: Client): Promise<number> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.count ?? 0;
}

import type { Client } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config';

/**
 * How much later than PostgreSQL the service ends a statement. PostgreSQL then did not respond at all: the connection is
 * dead, although TCP may notice only after 15 minutes, and never behind a proxy.
 */
const UNANSWERED_MS = 1000;

/**
 * The connection options of the service. There is no `migrations` entry: only `npm run migration:run` changes the
 * schema, never an instance that starts.
 */
export function databaseOptions(config: Config): Extract<DataSourceOptions, { type: 'postgres' }> {
  const { DATABASE_STATEMENT_TIMEOUT_MS: timeoutMs } = config;
  return {
    type: 'postgres',
    url: config.DATABASE_URL,
    applicationName: 'mdl',
    synchronize: false,
    poolSize: config.DATABASE_POOL_SIZE,
    extra: {
      connectionTimeoutMillis: config.DATABASE_POOL_TIMEOUT_MS,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs && timeoutMs + UNANSWERED_MS,
      // Cursors hold timestamps as PostgreSQL prints them, so every session must print them alike. The default of
      // random_page_cost is for spinning disks: with it, the planner sorts 100,000 rows instead of scanning an index.
      options: `-c timezone=UTC -c datestyle=ISO -c random_page_cost=1.1 -c lock_timeout=${config.DATABASE_LOCK_TIMEOUT_MS}`,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
      // The pool removes its own listener before it returns a client. Without this one, a session that ends in
      // between would end the process.
      onConnect: (client: Client) => client.on('error', () => undefined),
    },
  };
}

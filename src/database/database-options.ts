import type { Client } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config';

/**
 * How the service connects. No `migrations` entry: the schema is changed by `npm run migration:run` alone, never by a
 * booting instance.
 */
export function databaseOptions(config: Config): Extract<DataSourceOptions, { type: 'postgres' }> {
  return {
    type: 'postgres',
    url: config.DATABASE_URL,
    applicationName: 'mdl',
    synchronize: false,
    poolSize: config.DATABASE_POOL_SIZE,
    extra: {
      connectionTimeoutMillis: config.DATABASE_POOL_TIMEOUT_MS,
      statement_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
      // Cursors hold timestamps as PostgreSQL prints them: every session must print them alike. The planner's default
      // for reading in no order is that of spinning disks: with it, it sorts 100,000 rows rather than follow an index.
      options: '-c timezone=UTC -c datestyle=ISO -c random_page_cost=1.1',
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
      // The pool takes its own listener away before ours could come: a session that ends in between would end the process.
      onConnect: (client: Client) => client.on('error', () => undefined),
    },
  };
}

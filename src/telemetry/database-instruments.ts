import { Database } from '../database/database';
import { Generations } from '../generations/generations';
import { instruments, instrumentsOf } from './instruments';

const { counter, gauge, histogram } = instrumentsOf(Database, Generations);

/** The connection pool, and the duration of statements. */
export const databaseInstruments = instruments({
  mdl_database_pool_max_connections: gauge(
    'Size of the connection pool (DATABASE_POOL_SIZE)',
    ({ connections }) => connections.most,
  ),
  mdl_database_pool_connections: gauge('Open connections', ({ connections }) => connections.open),
  mdl_database_pool_idle_connections: gauge('Open connections that are idle', ({ connections }) => connections.idle),
  mdl_database_pool_waiting: gauge('Requests waiting for a connection', ({ connections }) => connections.waiting),
  mdl_database_streams: gauge('Exports in progress; each holds a connection', ({ connections }) => connections.streams),
  mdl_database_last_contact_timestamp_seconds: gauge(
    'Time of the last response of the database',
    ({ times }, generations) => Math.max(times.lastResponseAt, generations.lastResponseAt) / 1000,
  ),
  mdl_database_connection_wait_seconds: histogram(
    'Time spent waiting for a connection of the pool',
    ({ times }) => times.waits,
  ),
  mdl_database_query_duration_seconds: histogram(
    'Duration of successful statements, without the wait for a connection',
    ({ times }) => times.statements,
  ),
  mdl_database_query_failures_total: counter(
    'Failed statements and waits for a connection, by problem code',
    ({ times }) => [...times.failures].map(([reason, count]) => [{ reason }, count]),
    ['reason'],
  ),
});

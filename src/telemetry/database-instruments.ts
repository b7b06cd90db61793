import { Database } from '../database/database';
import { Generations } from '../generations/generations';
import { instrumentsOf } from './instruments';

const { counter, gauge, histogram } = instrumentsOf(Database, Generations);

/** The connection pool, and the duration of statements. */
export const databaseInstruments = [
  gauge(
    'mdl_database_pool_max_connections',
    'Size of the connection pool (DATABASE_POOL_SIZE)',
    ({ connections }) => connections.most,
  ),
  gauge('mdl_database_pool_connections', 'Open connections', ({ connections }) => connections.open),
  gauge('mdl_database_pool_idle_connections', 'Open connections that are idle', ({ connections }) => connections.idle),
  gauge('mdl_database_pool_waiting', 'Requests waiting for a connection', ({ connections }) => connections.waiting),
  gauge(
    'mdl_database_streams',
    'Exports in progress; each holds a connection',
    ({ connections }) => connections.streams,
  ),
  gauge(
    'mdl_database_last_contact_timestamp_seconds',
    'Time of the last response of the database',
    ({ times }, generations) => Math.max(times.lastResponseAt, generations.lastResponseAt) / 1000,
  ),
  histogram(
    'mdl_database_connection_wait_seconds',
    'Time spent waiting for a connection of the pool',
    ({ times }) => times.waits,
  ),
  histogram(
    'mdl_database_query_duration_seconds',
    'Duration of successful statements, without the wait for a connection',
    ({ times }) => times.statements,
  ),
  counter(
    'mdl_database_query_failures_total',
    'Failed statements and waits for a connection, by problem code',
    ({ times }) => [...times.failures].map(([reason, count]) => [{ reason }, count]),
    ['reason'],
  ),
];

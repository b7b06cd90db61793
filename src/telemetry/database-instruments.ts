import type { Provider } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { Database } from '../database/database';
import { Generations } from '../generations/generations';
import { instrumentsOf } from './instruments';

/** The connection pool, and the duration of statements. */
export function databaseInstruments(registry: Registry): Provider[] {
  const { counter, gauge, histogram } = instrumentsOf(registry, Database, Generations);
  return [
    gauge({
      name: 'mdl_database_pool_max_connections',
      help: 'Size of the connection pool (DATABASE_POOL_SIZE)',
      read: ({ connections }) => connections.most,
    }),
    gauge({
      name: 'mdl_database_pool_connections',
      help: 'Open connections',
      read: ({ connections }) => connections.open,
    }),
    gauge({
      name: 'mdl_database_pool_idle_connections',
      help: 'Open connections that are idle',
      read: ({ connections }) => connections.idle,
    }),
    gauge({
      name: 'mdl_database_pool_waiting',
      help: 'Requests waiting for a connection',
      read: ({ connections }) => connections.waiting,
    }),
    gauge({
      name: 'mdl_database_streams',
      help: 'Exports in progress; each holds a connection',
      read: ({ connections }) => connections.streams,
    }),
    gauge({
      name: 'mdl_database_last_contact_timestamp_seconds',
      help: 'Time of the last response of the database',
      read: ({ times }, generations) => Math.max(times.lastResponseAt, generations.lastResponseAt) / 1000,
    }),
    histogram({
      name: 'mdl_database_connection_wait_seconds',
      help: 'Time spent waiting for a connection of the pool',
      read: ({ times }) => times.waits,
    }),
    histogram({
      name: 'mdl_database_query_duration_seconds',
      help: 'Duration of successful statements, without the wait for a connection',
      read: ({ times }) => times.statements,
    }),
    counter({
      name: 'mdl_database_query_failures_total',
      help: 'Failed statements and waits for a connection, by problem code',
      labelNames: ['reason'],
      read: ({ times }) => [...times.failures].map(([reason, count]) => [{ reason }, count]),
    }),
  ];
}

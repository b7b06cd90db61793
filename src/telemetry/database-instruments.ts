import { Injectable } from '@nestjs/common';
import { Generations } from '../generations/generations';
import { Database } from '../database/database';
import { Series } from './series';

/** The pool, and what statements take. */
@Injectable()
export class DatabaseInstruments {
  constructor(series: Series, database: Database, generations: Generations) {
    const { times } = database;
    for (const [name, help, read] of [
      ['pool_max_connections', 'DATABASE_POOL_SIZE', () => database.connections.most],
      ['pool_connections', 'Open connections', () => database.connections.open],
      ['pool_idle_connections', 'Open connections that nobody uses', () => database.connections.idle],
      ['pool_waiting', 'Requests that wait for a connection', () => database.connections.waiting],
      ['streams', 'Exports under way, which hold a connection each', () => database.connections.streams],
      [
        'last_contact_timestamp_seconds',
        'When the database last answered anything',
        () => Math.max(times.lastResponseAt, generations.lastResponseAt) / 1000,
      ],
    ] as const)
      series.gauge({ name: `mdl_database_${name}`, help, read });
    series.histogram({
      name: 'mdl_database_connection_wait_seconds',
      help: 'Waits for a connection of the pool',
      read: () => times.waits,
    });
    series.histogram({
      name: 'mdl_database_query_duration_seconds',
      help: 'Statements that succeeded, without the wait for a connection',
      read: () => times.statements,
    });
    series.counter({
      name: 'mdl_database_query_failures_total',
      help: 'Statements and waits that failed, by what a caller is told',
      read: () => [...times.failures].map(([reason, count]) => [{ reason }, count]),
    });
  }
}

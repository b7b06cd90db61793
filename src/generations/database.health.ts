import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { HealthIndicators } from '../health/health-indicators';
import { Generations } from './generations';

/** How long a refused write counts where no other write follows: only writes find out whether they succeed again. */
const REFUSAL_MS = 60_000;
/** Why the database refuses writes, by SQLSTATE. */
const REFUSALS: Record<string, string> = {
  '25006': 'The database is read-only.',
  '53100': 'The disk of the database is full.',
  '58030': 'The disk of the database fails.',
};

/**
 * Whether the database responds. Without it only stale cache entries are served. The check reads the generation, over a
 * connection of its own: however many requests wait for the pool, a healthy database is found to be up.
 */
@Injectable()
export class DatabaseHealth {
  constructor(indicators: HealthIndicators, generations: Generations, database: Database) {
    indicators.register({
      name: 'database',
      isProbed: true,
      check: async () => {
        await generations.current(0);
        const { most, open, idle, waiting } = database.connections;
        const { refusal } = database.times;
        const details = {
          max_connections: most,
          open_connections: open,
          idle_connections: idle,
          waiting_requests: waiting,
        };
        return refusal && Date.now() - refusal.at < REFUSAL_MS
          ? { state: 'degraded', message: REFUSALS[refusal.sqlState] ?? 'The database refuses writes.', details }
          : { state: 'up', details };
      },
    });
  }
}

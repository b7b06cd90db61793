import { Injectable } from '@nestjs/common';
import { HealthIndicators } from '../health/health-indicators';
import { Database } from './database';

/** Whether the database responds. Without it only stale cache entries are served. */
@Injectable()
export class DatabaseHealth {
  constructor(indicators: HealthIndicators, database: Database) {
    indicators.register({
      name: 'database',
      isProbed: true,
      check: async () => {
        await database.query('SELECT 1');
        const { most, open, idle, waiting } = database.connections;
        return {
          state: 'up',
          details: { max_connections: most, open_connections: open, idle_connections: idle, waiting_requests: waiting },
        };
      },
    });
  }
}

import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';

const INTERVAL_MS = 3_600_000;
/** Entries that one statement deletes: a short transaction. */
const BATCH = 10_000;

/** Deletes audit entries older than AUDIT_RETENTION_DAYS, every hour; 0 keeps all. */
@Injectable()
export class AuditRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AuditRetention.name);

  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.AUDIT_RETENTION_DAYS > 0)
      this.timer = setInterval(() => void this.deleteOld(), INTERVAL_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Deletes them in batches. A failure is logged, and the next hour tries again. */
  async deleteOld(): Promise<void> {
    const days = this.config.AUDIT_RETENTION_DAYS;
    let total = 0;
    try {
      for (let deleted = BATCH; deleted === BATCH; total += deleted) {
        const [row] = await this.database.query<{ deleted: string }>(
          'SELECT delete_old_audit_entries($1, $2) AS deleted',
          [days, BATCH],
        );
        deleted = Number(row?.deleted);
      }
      if (total > 0) this.logger.log(`Deleted ${total} audit entries older than ${days} days`);
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not delete old audit entries');
    }
  }
}

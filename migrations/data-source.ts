import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource, type QueryRunner } from 'typeorm';
import { grantsTo } from './application-role.ts';

const { DATABASE_URL, DATABASE_URL_FILE, APPLICATION_ROLE } = process.env;
// As the service takes it (src/config/secret-files.ts), which this cannot import.
const url = DATABASE_URL_FILE ? readFileSync(DATABASE_URL_FILE, 'utf8').trim() : DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is not set (nor DATABASE_URL_FILE): postgres://user:password@host:5432/database');
  process.exit(1);
}

/** Identifies the advisory lock of migrations among those of the database: the bytes of `mdl`. */
const LOCK = 0x6d646c;

/** Migrates one process at a time: several instances may start together, and each runs the migrations first. */
class LockingDataSource extends DataSource {
  override runMigrations(...options: Parameters<DataSource['runMigrations']>) {
    return this.locked(async (session) => {
      const migrations = await super.runMigrations(...options);
      if (APPLICATION_ROLE) for (const grant of grantsTo(APPLICATION_ROLE)) await session.query(grant);
      return migrations;
    });
  }

  override undoLastMigration(...options: Parameters<DataSource['undoLastMigration']>) {
    return this.locked(() => super.undoLastMigration(...options));
  }

  /** Waits for a migration of another process. The lock belongs to a session, so it ends with a killed process too. */
  private async locked<T>(work: (session: QueryRunner) => Promise<T>): Promise<T> {
    const session = this.createQueryRunner();
    try {
      await session.query('SELECT pg_advisory_lock($1)', [LOCK]);
      return await work(session);
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
      await session.release();
    }
  }
}

/** For the TypeORM command line alone; the service has its own, without migrations. */
export default new LockingDataSource({
  type: 'postgres',
  url,
  // Not `*.ts`: that would match this file, which would then load itself for ever.
  migrations: [join(import.meta.dirname, '[0-9]*.ts')],
});

import { join } from 'node:path';
import { DataSource } from 'typeorm';

const url = process.env['DATABASE_URL'];
if (!url) {
  console.error('DATABASE_URL is not set: postgres://user:password@host:5432/database');
  process.exit(1);
}

/** For the TypeORM command line alone; the service has its own, without migrations. */
export default new DataSource({
  type: 'postgres',
  url,
  // Not `*.ts`: that would match this file, which would then load itself for ever.
  migrations: [join(import.meta.dirname, '[0-9]*.ts')],
});

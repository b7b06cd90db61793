import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';

const { DATABASE_URL, DATABASE_URL_FILE } = process.env;
// As the service takes it (src/config/secret-files.ts), which this cannot import.
const url = DATABASE_URL_FILE ? readFileSync(DATABASE_URL_FILE, 'utf8').trim() : DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is not set (nor DATABASE_URL_FILE): postgres://user:password@host:5432/database');
  process.exit(1);
}

/** For the TypeORM command line alone; the service has its own, without migrations. */
export default new DataSource({
  type: 'postgres',
  url,
  // Not `*.ts`: that would match this file, which would then load itself for ever.
  migrations: [join(import.meta.dirname, '[0-9]*.ts')],
});

import '../config/required-node';
import { writeFileSync } from 'node:fs';
import { createOpenApi } from '../app.openapi';
import { createApp } from '../app.setup';
import { readConfig } from '../config/config';

/** Writes openapi.json. The application needs a database to start; the database is not changed. */
async function main(): Promise<void> {
  const app = await createApp(readConfig());
  writeFileSync('openapi.json', `${JSON.stringify(createOpenApi(app), null, 1)}\n`);
  await app.close();
}

void main();

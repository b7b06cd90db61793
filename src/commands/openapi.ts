import '../config/required-node';
import { writeFileSync } from 'node:fs';
import { createOpenApi } from '../app.openapi';
import { createApp } from '../app.setup';
import { readConfig } from '../config/config';
import { openApiText } from '../openapi/document';

/** Writes openapi.json. The application needs a database to start; the database is not changed. */
async function main(): Promise<void> {
  const app = await createApp(readConfig());
  writeFileSync('openapi.json', openApiText(createOpenApi(app)));
  await app.close();
}

void main();

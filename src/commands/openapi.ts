import { writeFileSync } from 'node:fs';
import { createOpenApi } from '../app.openapi';
import { createApp } from '../app.setup';
import { readConfig } from '../config/config';

/** Writes openapi.json anew; needs a database to boot, changes nothing in it. */
async function main(): Promise<void> {
  const app = await createApp(readConfig());
  writeFileSync('openapi.json', openApiText(createOpenApi(app)));
  await app.close();
}

/** The document as it is committed. */
const openApiText = (document: object) => `${JSON.stringify(document, null, 2)}\n`;

void main();

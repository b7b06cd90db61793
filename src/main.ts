import './config/required-node';
import './telemetry/start-tracing';
import { setSourceMapsSupport } from 'node:module';
import { Logger } from 'nestjs-pino';
import { createApp } from './app.setup';
import { ApiKeys } from './auth/api-keys/api-keys.service';
import { readConfig } from './config/config';
import { plainConnections } from './config/plain-connections';
import { VERSION } from './config/version';
import { Database } from './database/database';
import { lastMigration } from './database/last-migration';
import { shutdownOnSignals } from './shutdown/shutdown';
import { Log } from './logging/log';

// Stack traces show lines of our sources. Node's own flag would load the maps of every package too, 30 MB of memory.
setSourceMapsSupport(true);

/** Reads the configuration, creates the application and listens. */
async function main(): Promise<void> {
  const config = readConfig();
  const { NODE_ENV: environment } = config;
  Log.of(config).logger.info({ context: 'Main', version: VERSION, node: process.version, environment }, 'Starting');
  if (environment === 'production')
    for (const line of plainConnections(config)) Log.of(config).logger.warn({ context: 'Main' }, line);
  const app = await createApp(config);
  shutdownOnSignals(app, config);
  const migration = await lastMigration(app.get(Database));
  if (migration) app.get(Logger).log({ migration }, 'Database ready', 'Main');
  else app.get(Logger).warn('Database has no tables; run npm run migration:run', 'Main');
  if (migration) await app.get(ApiKeys).refuseForeign();
  await app.listen(config.PORT, config.HOST);
  app.get(Logger).log(`Listening on ${await app.getUrl()}`, 'Main');
}

main().catch((error: unknown) => {
  process.stderr.write(`${startFailure(error)}\n`);
  process.exit(1);
});

/** One line for each cause, without a stack: it says what to change. */
function startFailure(error: unknown): string {
  if (!(error instanceof Error)) return `The service cannot start: ${String(error)}`;
  const { code, errors } = error as { code?: string; errors?: Error[] };
  if (code === 'EADDRINUSE') return `The service cannot start: the port is in use. Choose another with PORT.`;
  const message = error.message || errors?.map((inner) => inner.message).join('; ') || code || error.name;
  return message
    .split('\n')
    .map((line) => `The service cannot start: ${line}`)
    .join('\n');
}

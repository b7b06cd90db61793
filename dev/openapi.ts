import { environment, migrate } from './commands.ts';
import { run } from './guarded-process.ts';
import { createDatabase, startTemporaryPostgres } from './postgres.ts';
import { main } from './script.ts';

/** Writes openapi.json. The service must start for it, and needs a database to start. */
await main('npm run openapi', async () => {
  const postgres = await startTemporaryPostgres();
  const env = environment({
    DATABASE_URL: await createDatabase(postgres.url('postgres'), 'mdl'),
    LOG_LEVEL: 'warn',
    // Tools that read the file call the service of make dev.
    PUBLIC_URL: 'http://localhost:3000',
  });
  await run('the migration', process.execPath, migrate, env);
  await run('writing openapi.json', process.execPath, ['.build/commands/openapi.js'], env);
  console.log('openapi.json written');
  return 0;
});

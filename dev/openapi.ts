import { environment, migrate } from './commands.ts';
import { run } from './guarded-process.ts';
import { prepareTemplate, startThrowAwayPostgres } from './postgres.ts';
import { main } from './script.ts';

/** Writes openapi.json anew: the service has to boot for it, and a service boots on a database. */
await main('npm run openapi', async () => {
  const postgres = await startThrowAwayPostgres();
  const env = environment({ DATABASE_URL: await prepareTemplate(postgres.url('postgres'), 'mdl'), LOG_LEVEL: 'warn' });
  await run('the migration', process.execPath, migrate, env);
  await run('writing openapi.json', process.execPath, ['.build/commands/openapi.js'], env);
  console.log('openapi.json is written');
  return 0;
});

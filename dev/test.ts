import { runChecks, type Counts } from './checks.ts';
import { environment, migrate } from './commands.ts';
import { run } from './guarded-process.ts';
import { runJest } from './jest.ts';
import { APPLICATION_ROLE, createDatabase, ensureApplicationRole, startTemporaryPostgres } from './postgres.ts';
import { hasRedisServer, startTemporaryRedis } from './redis.ts';
import { hasProgram, PROGRAMS } from './programs.ts';
import { main, step } from './script.ts';

/** The folders of `npm test <name>`. */
const SUITES: Record<string, string> = {
  unit: './src/',
  e2e: './test/e2e/',
  contract: './test/contract/',
  schema: './test/schema/',
  consistency: './test/consistency/',
  durability: './test/durability/',
  recovery: './test/recovery/',
};
const TEMPLATE = 'mdl_template';

/** Starts a PostgreSQL, or uses the one of TEST_DATABASE_URL, and migrates the template of all test databases. */
async function prepareDatabase(): Promise<string> {
  let server = process.env['TEST_DATABASE_URL'] ?? '';
  await step(async () => {
    if (server) return 'using the PostgreSQL of TEST_DATABASE_URL';
    server = (await startTemporaryPostgres()).url('postgres');
    return 'temporary PostgreSQL started';
  });
  await step(async () => {
    const template = await createDatabase(server, TEMPLATE);
    await ensureApplicationRole(server);
    await run('the migration', process.execPath, migrate, environment({ DATABASE_URL: template, APPLICATION_ROLE }));
    return 'migrations applied';
  });
  return server;
}

function reportMissingPrograms(): void {
  for (const program of PROGRAMS)
    if (!hasProgram(program)) console.log(`  SKIPPED: tests with ${program}, which is not installed`);
}

/** Starts a Redis, or uses the one of REDIS_URL. Returns '' without both; the tests with Redis are then skipped. */
async function prepareRedis(): Promise<string> {
  let url = process.env['REDIS_URL'] ?? '';
  const hasOwn = hasRedisServer();
  await step(async () => {
    if (url)
      return `using the Redis of REDIS_URL${hasOwn ? '' : '; SKIPPED: tests that stop Redis, because redis-server is not installed'}`;
    if (!hasOwn) return 'SKIPPED: tests with Redis; install redis-server or set REDIS_URL';
    ({ url } = await startTemporaryRedis());
    return 'temporary Redis started';
  });
  return url;
}

async function test(): Promise<number> {
  const args = process.argv.slice(2);
  const everything = args.length === 0;
  const needsServers = !(args.length === 1 && args[0] === 'unit');
  const databaseUrl = needsServers ? await prepareDatabase() : '';
  const redisUrl = needsServers ? await prepareRedis() : '';
  if (needsServers) reportMissingPrograms();
  const none: Counts = { passed: 0, failed: 0, skipped: 0 };
  // Not at the same time as Jest, because some tests measure time.
  const checks = everything ? await runChecks() : none;
  const jestArgs = args.flatMap((arg) =>
    SUITES[arg] ? ['--testPathPatterns', SUITES[arg].replace('<rootDir>', '^.*')] : [arg],
  );
  const tests = await runJest(jestArgs, {
    TEST_DATABASE_URL: databaseUrl,
    TEST_APPLICATION_ROLE: APPLICATION_ROLE,
    TEST_REDIS_URL: redisUrl,
  });
  const failed = checks.failed + tests.failed;
  console.log(`\n${next(failed, args)}`);
  console.log(`${checks.passed + tests.passed} passed, ${failed} failed, ${checks.skipped + tests.skipped} skipped`);
  return failed === 0 ? 0 : 1;
}

function next(failed: number, args: string[]): string {
  if (failed > 0)
    return 'Next: repeat one file with npm test <part of its name>, the checks with npm run format and npm run lint.';
  if (args.length > 0) return 'Next: run all tests and checks with make test.';
  return 'Next: start the service with make dev.';
}

await main('make test', test);

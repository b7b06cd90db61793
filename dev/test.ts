import { runChecks, type Counts } from './checks.ts';
import { environment, migrate } from './commands.ts';
import { run } from './guarded-process.ts';
import { runJest } from './jest.ts';
import { prepareTemplate, startThrowAwayPostgres } from './postgres.ts';
import { hasRedisServer, startThrowAwayRedis } from './redis.ts';
import { hasProgram, PROGRAMS } from './programs.ts';
import { main, step } from './script.ts';

/** What `npm test <name>` runs: paths for Jest, from the root of the project. */
const SUITES: Record<string, string> = {
  unit: './src/',
  e2e: './test/e2e/',
  contract: './test/contract/',
  schema: './test/schema/',
  consistency: './test/consistency/',
};
const TEMPLATE = 'mdl_template';

/** Starts a PostgreSQL, or takes the one of TEST_DATABASE_URL, and applies the migrations to the template of all test databases. */
async function prepareDatabase(): Promise<string> {
  let server = process.env['TEST_DATABASE_URL'] ?? '';
  await step(async () => {
    if (server) return 'using the PostgreSQL of TEST_DATABASE_URL';
    server = (await startThrowAwayPostgres()).url('postgres');
    return 'PostgreSQL started, only for these tests';
  });
  await step(async () => {
    const template = await prepareTemplate(server, TEMPLATE);
    await run('the migration', process.execPath, migrate, environment({ DATABASE_URL: template }));
    return 'migrations applied';
  });
  return server;
}

function sayWhatIsMissing(): void {
  for (const program of PROGRAMS)
    if (!hasProgram(program)) console.log(`  SKIPPED: all tests with ${program}; install it`);
}

/** Starts a Redis, or takes the one of REDIS_URL; '' where there is neither, and the tests that need one are skipped. */
async function prepareRedis(): Promise<string> {
  let url = process.env['REDIS_URL'] ?? '';
  const hasOwn = hasRedisServer();
  await step(async () => {
    if (url)
      return `using the Redis of REDIS_URL${hasOwn ? '' : '; SKIPPED: tests that freeze or kill one, no redis-server'}`;
    if (!hasOwn) return 'SKIPPED: all tests with Redis; install redis-server or set REDIS_URL';
    ({ url } = await startThrowAwayRedis());
    return 'Redis started, only for these tests';
  });
  return url;
}

async function test(): Promise<number> {
  const args = process.argv.slice(2);
  const everything = args.length === 0;
  const needsServers = !(args.length === 1 && args[0] === 'unit');
  const databaseUrl = needsServers ? await prepareDatabase() : '';
  const redisUrl = needsServers ? await prepareRedis() : '';
  if (needsServers) sayWhatIsMissing();
  const none: Counts = { passed: 0, failed: 0, skipped: 0 };
  // Before Jest, not beside it: some tests measure time.
  const checks = everything ? await runChecks() : none;
  const jestArgs = args.flatMap((arg) =>
    SUITES[arg] ? ['--testPathPatterns', SUITES[arg].replace('<rootDir>', '^.*')] : [arg],
  );
  const tests = await runJest(jestArgs, { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl });
  const failed = checks.failed + tests.failed;
  console.log(`\n${next(failed, args)}`);
  console.log(`${checks.passed + tests.passed} passed, ${failed} failed, ${checks.skipped + tests.skipped} skipped`);
  return failed === 0 ? 0 : 1;
}

function next(failed: number, args: string[]): string {
  if (failed > 0)
    return 'Next: npm test <part of a file name> repeats one file; npm run format and npm run lint repeat the checks.';
  if (args.length > 0) return 'Next: make test runs everything, checks included.';
  return 'Next: make dev starts the service and prints what to call.';
}

await main('make test', test);

/**
 * Checks the promise of the cache on real processes while everything goes wrong: `npm run test:consistency`, or
 * `npm run test:consistency -- --seconds 600 --reads 1000000 --instances 3 --readers 32 --broken none`.
 * It counts responses that are older than a write acknowledged before they were requested, and then breaks the cache in
 * several ways to see that it would have found them. With TEST_DATABASE_URL it makes its databases on that server.
 */
import { environment, migrate } from '../../dev/commands.ts';
import { run as runCommand } from '../../dev/guarded-process.ts';
import { createDatabase, startTemporaryPostgres } from '../../dev/postgres.ts';
import { main, step } from '../../dev/script.ts';
import { BREAKAGES, type Breakage } from './breakages.ts';
import { compile } from './build.ts';
import { type Options, readOptions } from './options.ts';
import { Redis } from './redis.ts';
import { progressOf, reportOf } from './report.ts';
import { run, type RunOptions, type RunResult } from './run.ts';

/** A broken cache shows within moments, or the check cannot see. */
const BROKEN_SECONDS = 60;

async function prepareServer(): Promise<string> {
  if (process.env['TEST_DATABASE_URL']) return 'using the PostgreSQL of TEST_DATABASE_URL';
  const postgres = await startTemporaryPostgres();
  const template = await createDatabase(postgres.url('postgres'), 'mdl_template');
  await runCommand('the migration', process.execPath, migrate, environment({ DATABASE_URL: template }));
  process.env['TEST_DATABASE_URL'] = postgres.url('postgres');
  return 'PostgreSQL started';
}

async function check(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  let build = '';
  let redis: Redis | undefined;
  await step(prepareServer);
  await step(async () => {
    build = await compile();
    return 'service compiled';
  });
  await step(async () => {
    redis = await Redis.start();
    return redis ? 'Redis started' : 'SKIPPED: there is no redis-server on the PATH, so nothing happens to Redis';
  });
  const common = { build, redis, readers: options.readers };
  const sound = options.onlyBroken ? undefined : await checkSound(common, options);
  const broken: Partial<Record<Breakage, RunResult>> = {};
  for (const breakage of options.broken) broken[breakage] = await checkBroken(breakage, common);
  if (options.json) console.log(JSON.stringify({ sound, broken }));
  const isSound = !sound || sound.figures.violations.total === 0;
  return isSound && Object.values(broken).every(isFound) ? 0 : 1;
}

type Common = Pick<RunOptions, 'build' | 'redis' | 'readers'>;

/** A run with every fault. */
async function checkSound(common: Common, { seconds, reads, instances }: Options): Promise<RunResult> {
  console.log('\nThe service, and everything that can happen to it:');
  const onProgress: RunOptions['onProgress'] = (figures, passed) => console.log(progressOf(figures, passed));
  const pauses = { writePauseMs: 800, faultPauseMs: seconds < 60 ? 1500 : 3000 };
  const result = await run({ ...common, ...pauses, instances, seconds, reads, onProgress });
  console.log(`${reportOf(result.figures, result.seconds)}\n`);
  return result;
}

/** A run against a cache that is broken, without faults that could hide or explain anything. */
async function checkBroken(breakage: Breakage, common: Common): Promise<RunResult> {
  const pauses = { writePauseMs: 800, faultPauseMs: 0 };
  const result = await run({ ...common, ...pauses, instances: 1, breakage, seconds: BROKEN_SECONDS, reads: 0 });
  const { figures, seconds } = result;
  const outcome = isFound(result) ? `found after ${figures.reads.total} reads, ${seconds.toFixed(1)} s` : 'NOT FOUND';
  console.log(`${outcome.padEnd(34)} broken on purpose: ${BREAKAGES[breakage]}`);
  return result;
}

const isFound = ({ figures }: RunResult) => figures.violations.of('stale') > 0;

await main('npm run test:consistency', check);

import { randomBytes } from 'node:crypto';
import { compileFast, createKey, environment, migrate, seedMetrics } from './commands.ts';
import { run } from './guarded-process.ts';
import { createDatabase, startTemporaryPostgres } from './postgres.ts';
import { Failure, step } from './script.ts';
import { RAISED_LIMITS, startService } from '../bench/sides.ts';

/** The service under load. `pid` is known if this script started it. */
export interface Target {
  address: string;
  key: string;
  pid?: number;
}

/** About as many as nine public catalogues have together. */
const METRICS = 1500;

/** Uses the service of BASE_URL with the API key of MDL_KEY. @throws Failure if it is unavailable or refuses the key */
export async function givenTarget(address: string, key: string): Promise<Target> {
  await step(async () => {
    const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
    const response = await fetch(`${address}/api/v1/metrics?limit=1`, { headers }).catch((error: Error) => {
      throw new Failure(`${address} is unavailable: ${(error.cause as Error | undefined)?.message ?? error.message}`);
    });
    await response.body?.cancel();
    if (!response.ok)
      throw new Failure(`${address} returns ${response.status}: set MDL_KEY to an API key with the role admin`);
    return `using the service of BASE_URL: ${address}`;
  });
  console.log(`  raise its rate limits: ${Object.keys(RAISED_LIMITS).join(', ')}`);
  return { address, key };
}

/**
 * Starts the service and PostgreSQL with production settings and a catalogue of realistic size.
 *
 * @param settings in place of the production settings
 */
export async function startTarget(settings: Record<string, string> = {}): Promise<Target> {
  let databaseUrl = '';
  let key = '';
  let target: Target | undefined;
  const node = (what: string, args: string[]) =>
    run(what, process.execPath, args, environment({ DATABASE_URL: databaseUrl, NODE_ENV: 'production' }));
  await step(async () => {
    const postgres = await startTemporaryPostgres([]);
    databaseUrl = await createDatabase(postgres.url('postgres'), 'mdl_load');
    return 'temporary PostgreSQL started';
  });
  await step(async () => {
    await node('compiling', compileFast);
    await node('the migration', migrate);
    await node('the seed', ['.build/commands/seed.js']);
    await node('the seed', seedMetrics(METRICS));
    return `migrated, seeded with the catalogue and ${METRICS} generated metrics`;
  });
  await step(async () => {
    key = (await node('the API key', createKey('make load', '.build'))).trim();
    const closed = { AUTH_ANONYMOUS_ROLE: 'none', AUTH_ANONYMOUS_ALLOWED: 'false' };
    const accounts = { AUTH_LOCAL: 'true', AUTH_SECRET: randomBytes(32).toString('base64url') };
    target = { ...(await startService(databaseUrl, 'strict', { ...closed, ...accounts, ...settings })), key };
    return `service started with the settings of start:prod: ${target.address}`;
  });
  for (const [name, limit] of Object.entries(RAISED_LIMITS)) console.log(`  rate limit raised: ${name}=${limit}`);
  if (!target) throw new Failure('the service was not started');
  return target;
}

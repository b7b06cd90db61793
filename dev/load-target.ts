import { randomBytes } from 'node:crypto';
import { compileFast, createKey, environment, migrate, seedMetrics } from './commands.ts';
import { run } from './guarded-process.ts';
import { prepareTemplate, startThrowAwayPostgres } from './postgres.ts';
import { Failure, step } from './script.ts';
import { RAISED_LIMITS, startService } from '../bench/sides.ts';

/** What is loaded; the process is known where it was started here. */
export interface Target {
  address: string;
  key: string;
  pid?: number;
}

/** As many as the public catalogues have that were read for the design, all together. */
const METRICS = 1500;

/** The service of BASE_URL, with the key of MDL_KEY. @throws Failure when it does not answer or refuses the key */
export async function givenTarget(address: string, key: string): Promise<Target> {
  await step(async () => {
    const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
    const answer = await fetch(`${address}/api/v1/metrics?limit=1`, { headers }).catch((error: Error) => {
      throw new Failure(`${address} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`);
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Failure(`${address} answers ${answer.status}: set MDL_KEY to a key of an admin`);
    return `using the service of BASE_URL: ${address}`;
  });
  console.log(`  its limits are its own: it should run with ${Object.keys(RAISED_LIMITS).join(', ')} raised`);
  return { address, key };
}

/** A service as in production, on a PostgreSQL that writes to the disk as in production, with a catalogue of real size. */
export async function startTarget(): Promise<Target> {
  let databaseUrl = '';
  let key = '';
  let target: Target | undefined;
  const node = (what: string, args: string[]) =>
    run(what, process.execPath, args, environment({ DATABASE_URL: databaseUrl, NODE_ENV: 'production' }));
  await step(async () => {
    const postgres = await startThrowAwayPostgres([]);
    databaseUrl = await prepareTemplate(postgres.url('postgres'), 'mdl_load');
    return 'PostgreSQL started, only for this run';
  });
  await step(async () => {
    await node('compiling', compileFast);
    await node('the migration', migrate);
    await node('the seed', ['.build/commands/seed.js']);
    await node('the seed', seedMetrics(METRICS));
    return `migrated, seeded with the catalogue and ${METRICS} generated metrics`;
  });
  await step(async () => {
    key = (await node('the key', createKey('make load', '.build'))).trim();
    const closed = { AUTH_ANONYMOUS_ROLE: 'none', AUTH_ANONYMOUS_ALLOWED: 'false' };
    const accounts = { AUTH_LOCAL: 'true', AUTH_SECRET: randomBytes(32).toString('base64url') };
    target = { ...(await startService(databaseUrl, 'strict', { ...closed, ...accounts })), key };
    return `the service started as by start:prod: ${target.address}`;
  });
  for (const [name, limit] of Object.entries(RAISED_LIMITS)) console.log(`  rate limit raised: ${name}=${limit}`);
  if (!target) throw new Failure('the service was not started');
  return target;
}

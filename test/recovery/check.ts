/**
 * Measures what clients see of each fault of PostgreSQL and Redis, and how soon the service has recovered:
 * `npm run test:recovery`, or `npm run test:recovery -- --seconds 8 --only "PostgreSQL read-only"`. It fails for a
 * response of 500 and for a recovery of 10 s or more.
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasRedisServer, startTemporaryRedis } from '../../dev/redis.ts';
import { Failure, main, step } from '../../dev/script.ts';
import { compile } from '../consistency/build.ts';
import { Instance } from '../consistency/instances.ts';
import { CrashingPostgres } from '../durability/crashing-postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { type Dependencies, type Fault, faultsOf } from './faults.ts';
import { type Observed, Probes } from './probes.ts';
import { SmallDisk } from './small-disk.ts';

const MAX_RECOVERY_MS = 10_000;
/** After this time a fault counts as one without recovery. */
const DEADLINE_MS = 60_000;
const UNLIMITED = '1000000000';

async function startDependencies(): Promise<Dependencies & { service: string }> {
  const postgres = await CrashingPostgres.start();
  const { owner, service } = await postgres.createDatabase('mdl_recovery');
  const disk = await SmallDisk.mount(postgres, owner);
  if (!disk) console.log('  SKIPPED: a full disk, because this user cannot mount a file system');
  const redis = hasRedisServer() ? await startTemporaryRedis() : undefined;
  if (!redis) console.log('  SKIPPED: faults of Redis, because redis-server is not installed');
  const proxy = await TcpProxy.before(service);
  return { postgres, proxy, owner, service: proxy.url, disk, redis };
}

/** An instance with default timeouts that counts requests in Redis too. */
async function startInstance(build: string, { service, redis }: Dependencies & { service: string }): Promise<Instance> {
  const limits = { THROTTLE_ENABLED: 'true', THROTTLE_ANONYMOUS: UNLIMITED, THROTTLE_WRITES: UNLIMITED };
  const settings = { ...limits, DATABASE_URL: service, REDIS_URL: redis?.url ?? '' };
  const instance = await Instance.start('1.', build, settings, undefined);
  const { status, text } = await instance.send('POST', '/api/v1/metrics', {}, Probes.body);
  if (status !== 201) throw new Failure(`POST returned ${status}: ${text}`);
  return instance;
}

async function observe({ cause, heal }: Fault, instance: Instance, seconds: number): Promise<Observed> {
  const probes = new Probes(instance);
  await probes.recovered(DEADLINE_MS);
  probes.reset();
  await cause();
  if (heal) {
    await sleep(seconds * 1000);
    await heal();
  }
  await probes.recovered(DEADLINE_MS);
  await probes.stop();
  return probes.observed;
}

/** A row of the table in docs/reliability.md. */
function toRow(name: string, { seen, slowestMs, recoveredMs }: Observed): string {
  const responses = Object.entries(seen).map(([probe, counts]) => `${probe} ${Object.keys(counts).sort().join(', ')}`);
  const recovered = recoveredMs === undefined ? 'NOT RECOVERED' : `${(recoveredMs / 1000).toFixed(1)} s`;
  return `| ${name} | ${responses.join('; ')} | ${(slowestMs / 1000).toFixed(1)} s | ${recovered} |`;
}

const hasFailed = ({ seen, recoveredMs = Infinity }: Observed) =>
  recoveredMs >= MAX_RECOVERY_MS ||
  Object.values(seen).some((counts) => Object.keys(counts).some((response) => response.startsWith('500')));

async function check(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '8' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Failure('--seconds must be a number above 0');
  let instance: Instance | undefined;
  let faults: Fault[] = [];
  await step(async () => {
    const dependencies = await startDependencies();
    instance = await startInstance(await compile(), dependencies);
    faults = faultsOf(dependencies).filter(({ name }) => values.only === undefined || name === values.only);
    return 'service and dependencies started';
  });
  if (!instance || faults.length === 0) throw new Failure('--only must be the name of a fault');
  console.log('\n| fault | clients see | slowest response | recovered after |\n|---|---|---|---|');
  const observed: Record<string, Observed> = {};
  for (const fault of faults) {
    observed[fault.name] = await observe(fault, instance, seconds);
    console.log(toRow(fault.name, observed[fault.name] as Observed));
  }
  if (values.json) console.log(JSON.stringify({ sound: observed }));
  await instance.stop();
  return Object.values(observed).some(hasFailed) ? 1 : 0;
}

await main('npm run test:recovery', check);

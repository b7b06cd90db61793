/**
 * Compares the service with plain Fastify and with hand-written handlers on the same database:
 * `npm run bench -- --seconds 2 --rounds 3 --connections 16 --metrics 1500 --only list`.
 * With DATABASE_URL it uses that database and writes nothing. Otherwise it starts a temporary database.
 */
import { attacksWith, measureAttacks } from './attacks/measure-attacks.ts';
import { environment, migrate, seedMetrics } from '../dev/commands.ts';
import { run } from '../dev/guarded-process.ts';
import { createDatabase, startTemporaryPostgres } from '../dev/postgres.ts';
import { Failure, main, step } from '../dev/script.ts';
import { freezeRedis, FROZEN_REDIS } from './frozen-redis.ts';
import { KEY_COST, measureKeyCost } from './key-cost.ts';
import { describeMachine } from './machine.ts';
import { compare, baselinePath } from './measure.ts';
import { measureMemory, MEMORY } from './memory.ts';
import { measureObserving, OBSERVING } from './observing.ts';
import { readOptions } from './options.ts';
import { startRedis } from './redis.ts';
import { printTable, writeReport } from './report.ts';
import { describeTarget, format, isMet, median, type Result } from './result.ts';
import { type Scenario, scenariosFor } from './scenarios.ts';
import { type Mode, type Side, startHandWritten, startPlain, startService, startUnobserved } from './sides.ts';
import { measureTracing, TRACING } from './tracing.ts';

const NO_REDIS = 'redis-server is not installed';

async function prepareDatabase(metrics: number): Promise<string> {
  const postgres = await startTemporaryPostgres();
  const url = await createDatabase(postgres.url('postgres'), 'mdl_bench');
  const env = environment({ DATABASE_URL: url });
  await run('the migration', process.execPath, migrate, env);
  await run('the seed', process.execPath, seedMetrics(metrics), env);
  return url;
}

/** Starts each server at most once. */
function once<K, V>(start: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const started = new Map<K, Promise<V>>();
  return (key) => {
    const running = started.get(key) ?? start(key);
    started.set(key, running);
    return running;
  };
}

async function addDocuments(service: Side, documents: object[]): Promise<void> {
  const response = await fetch(`${service.address}/api/v1/metrics/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items: documents }),
  });
  if (!response.ok)
    throw new Failure(`the documents for the update scenario cannot be added: ${await response.text()}`);
}

async function bench(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const given = process.env['DATABASE_URL'] ?? '';
  let url = given;
  await step(async () => {
    if (url) return 'using the database of DATABASE_URL, read only';
    url = await prepareDatabase(options.metrics);
    return `PostgreSQL started, ${options.metrics} metrics inserted`;
  });
  const redis = await startRedis();
  const machine = await describeMachine(url, redis?.version);
  if (machine.load > machine.cores / 2)
    console.log(`  NOTE: the machine is busy (load average ${machine.load}); the results are not reliable`);
  const withRedis = redis ? { REDIS_URL: redis.url } : {};
  const scenarios = await scenariosFor(url);
  const responses = Object.fromEntries(
    scenarios
      .filter(({ baseline }) => baseline === 'plain')
      .map((scenario) => [baselinePath(scenario), { path: scenario.path, headers: scenario.headers ?? {} }]),
  );
  const service = once((mode: Mode | 'redis') =>
    mode === 'redis' ? startService(url, 'strict', withRedis) : startService(url, mode),
  );
  const baseline = once(async (kind: Scenario['baseline']) =>
    kind === 'plain' ? startPlain(await service('strict'), responses) : startHandWritten(url),
  );

  const results: Result[] = [];
  const isSelected = (name: string) => name.includes(options.only);
  const skip = (name: string, reason: string) => console.log(`  SKIPPED ${name}: ${reason}`);
  const measure = (work: () => Promise<Result>) =>
    step(async () => {
      const result = await work();
      results.push(result);
      return `${result.name}: ${format(median(result.values), result.unit)} ${result.unit}`;
    });

  for (const scenario of scenarios) {
    const { name, documents } = scenario;
    if (!isSelected(name)) continue;
    if (scenario.redis && !redis) skip(name, NO_REDIS);
    else if (scenario.writes && given) skip(name, 'the database of DATABASE_URL is not changed');
    else
      await measure(async () => {
        const own = await service(scenario.redis ? 'redis' : scenario.mode);
        if (documents) await addDocuments(own, documents);
        return compare(scenario, own, await baseline(scenario.baseline), options);
      });
  }
  if (isSelected(KEY_COST)) {
    if (given) skip(KEY_COST, 'the database of DATABASE_URL is not changed');
    else await measure(async () => measureKeyCost(await service('strict'), url, options));
  }
  if (isSelected(MEMORY)) await measure(async () => measureMemory(await startService(url, 'strict')));
  if (isSelected(OBSERVING))
    await measure(async () => measureObserving(await service('strict'), await startUnobserved(url), options));
  for (const [name, traced] of TRACING)
    if (isSelected(name))
      await measure(async () => measureTracing(name, traced, await service(traced.mode), url, options));
  if (isSelected(FROZEN_REDIS)) {
    if (redis) await measure(async () => freezeRedis(await service('redis'), redis));
    else skip(FROZEN_REDIS, NO_REDIS);
  }

  const attacks = attacksWith(options.only);
  if (given && attacks.length > 0) skip(attacks.join(', '), 'the database of DATABASE_URL is not changed');
  else if (attacks.length > 0) results.push(...(await measureAttacks(attacks, url, options)));

  if (results.length === 0) throw new Failure(`no scenario has '${options.only}' in its name`);
  printTable(results);
  console.log(`\nThe results are in ${writeReport({ machine, options, results })}`);
  const missed = results.filter((result) => !isMet(result));
  for (const { name, unit, values, target } of missed)
    console.log(
      `Target missed: ${name}: ${format(median(values), unit)} ${unit}, ${target ? describeTarget(target) : ''}`,
    );
  return missed.length === 0 ? 0 : 1;
}

await main('npm run bench', bench);

/**
 * Compares the service with plain Fastify and with handlers written by hand, in one run on one database:
 * `npm run bench -- --seconds 2 --rounds 3 --connections 16 --metrics 1500 --only list`.
 * With DATABASE_URL it measures that database and writes nothing; otherwise it makes one and throws it away.
 */
import pg from 'pg';
import { environment, migrate } from '../dev/commands.ts';
import { run } from '../dev/guarded-process.ts';
import { prepareTemplate, startThrowAwayPostgres } from '../dev/postgres.ts';
import { Failure, main, step } from '../dev/script.ts';
import { freezeRedis, FROZEN_REDIS } from './frozen-redis.ts';
import { generateDomains, generateMetrics } from './generated-metrics.ts';
import { KEY_COST, measureKeyCost } from './key-cost.ts';
import { describeMachine } from './machine.ts';
import { compare, keptPath } from './measure.ts';
import { measureMemory, MEMORY } from './memory.ts';
import { measureObserving, OBSERVING } from './observing.ts';
import { readOptions } from './options.ts';
import { startRedis } from './redis.ts';
import { printTable, writeReport } from './report.ts';
import { describeTarget, format, isMet, median, type Result } from './result.ts';
import { type Scenario, scenariosFor } from './scenarios.ts';
import { type Mode, type Side, startHandWritten, startPlain, startService, startUnobserved } from './sides.ts';
import { measureTracing, TRACING } from './tracing.ts';

const NO_REDIS = 'this machine has no redis-server';

async function prepareDatabase(metrics: number): Promise<string> {
  const postgres = await startThrowAwayPostgres();
  const url = await prepareTemplate(postgres.url('postgres'), 'mdl_bench');
  await run('the migration', process.execPath, migrate, environment({ DATABASE_URL: url }));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(generateDomains);
  await client.query(generateMetrics, [1, metrics]);
  await client.query('VACUUM ANALYZE');
  await client.end();
  return url;
}

/** Starts nothing twice. */
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
  if (!response.ok) throw new Failure(`the documents to update cannot be added: ${await response.text()}`);
}

async function bench(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const given = process.env['DATABASE_URL'] ?? '';
  let url = given;
  await step(async () => {
    if (url) return 'using the database of DATABASE_URL as it is';
    url = await prepareDatabase(options.metrics);
    return `PostgreSQL started, ${options.metrics} metrics made`;
  });
  const redis = await startRedis();
  const machine = await describeMachine(url, redis?.version);
  if (machine.load > machine.cores / 2)
    console.log(`  NOTE: this machine is busy with other things (load ${machine.load}): the ratios say little`);
  const withRedis = redis ? { REDIS_URL: redis.url } : {};
  const scenarios = await scenariosFor(url);
  const kept = Object.fromEntries(
    scenarios
      .filter(({ yardstick }) => yardstick === 'plain')
      .map((scenario) => [keptPath(scenario), { path: scenario.path, headers: scenario.headers ?? {} }]),
  );
  const service = once((mode: Mode | 'redis') =>
    mode === 'redis' ? startService(url, 'strict', withRedis) : startService(url, mode),
  );
  const yardstick = once(async (kind: Scenario['yardstick']) =>
    kind === 'plain' ? startPlain(await service('strict'), kept) : startHandWritten(url),
  );

  const results: Result[] = [];
  const isWanted = (name: string) => name.includes(options.only);
  const skip = (name: string, reason: string) => console.log(`  SKIPPED ${name}: ${reason}`);
  const measure = (work: () => Promise<Result>) =>
    step(async () => {
      const result = await work();
      results.push(result);
      return `${result.name}: ${format(median(result.values), result.unit)} ${result.unit}`;
    });

  for (const scenario of scenarios) {
    const { name, documents } = scenario;
    if (!isWanted(name)) continue;
    if (scenario.redis && !redis) skip(name, NO_REDIS);
    else if (scenario.writes && given) skip(name, 'nothing is written to the database of DATABASE_URL');
    else
      await measure(async () => {
        const own = await service(scenario.redis ? 'redis' : scenario.mode);
        if (documents) await addDocuments(own, documents);
        return compare(scenario, own, await yardstick(scenario.yardstick), options);
      });
  }
  if (isWanted(KEY_COST)) {
    if (given) skip(KEY_COST, 'nothing is written to the database of DATABASE_URL');
    else await measure(async () => measureKeyCost(await service('strict'), url, options));
  }
  if (isWanted(MEMORY)) await measure(async () => measureMemory(await startService(url, 'strict')));
  if (isWanted(OBSERVING))
    await measure(async () => measureObserving(await service('strict'), await startUnobserved(url), options));
  for (const [name, traced] of TRACING)
    if (isWanted(name))
      await measure(async () => measureTracing(name, traced, await service(traced.mode), url, options));
  if (isWanted(FROZEN_REDIS)) {
    if (redis) await measure(async () => freezeRedis(await service('redis'), redis));
    else skip(FROZEN_REDIS, NO_REDIS);
  }

  if (results.length === 0) throw new Failure(`nothing has '${options.only}' in its name`);
  printTable(results);
  console.log(`\nEverything measured is in ${writeReport({ machine, options, results })}`);
  const short = results.filter((result) => !isMet(result));
  for (const { name, unit, values, target } of short)
    console.log(
      `Target missed: ${name}: ${format(median(values), unit)} ${unit}, ${target ? describeTarget(target) : ''}`,
    );
  return short.length === 0 ? 0 : 1;
}

await main('npm run bench', bench);

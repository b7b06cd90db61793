/**
 * Compares the service with handlers written by hand for the same questions, in one run on one database:
 * `npm run bench -- --seconds 5 --rounds 5 --connections 16 --metrics 1500 --only list`.
 * With DATABASE_URL it measures that database and writes nothing; otherwise it makes one and throws it away.
 */
import pg from 'pg';
import { environment, migrate } from '../dev/commands.ts';
import { run } from '../dev/guarded-process.ts';
import { prepareTemplate, startThrowAwayPostgres } from '../dev/postgres.ts';
import { main, step } from '../dev/script.ts';
import { generateDomains, generateMetrics } from './generated-metrics.ts';
import { type Comparison, compare } from './measure.ts';
import { readOptions } from './options.ts';
import { median, printTable, writeResults } from './report.ts';
import { scenariosFor } from './scenarios.ts';
import { startService, startYardstick } from './sides.ts';

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

async function bench(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  let url = process.env['DATABASE_URL'] ?? '';
  await step(async () => {
    if (url) return 'using the database of DATABASE_URL as it is';
    url = await prepareDatabase(options.metrics);
    return `PostgreSQL started, ${options.metrics} metrics made`;
  });
  const [service, yardstick] = [await startService(url), await startYardstick(url)];
  const comparisons: Comparison[] = [];
  for (const scenario of await scenariosFor(url)) {
    if (!scenario.name.includes(options.only)) continue;
    await step(async () => {
      comparisons.push(await compare(scenario, service, yardstick, options));
      return `${scenario.name}: GET ${scenario.path}`;
    });
  }
  printTable(comparisons);
  console.log(`\nEverything measured is in ${writeResults(comparisons, options)}`);
  const short = comparisons.filter(({ scenario, ratios }) => median(ratios) < (scenario.target ?? 0));
  for (const { scenario } of short) console.log(`Below its target: ${scenario.name}`);
  return short.length === 0 ? 0 : 1;
}

await main('npm run bench', bench);

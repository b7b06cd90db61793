/**
 * Measures searches by the queries of the golden set: `npm run bench:search -- --metrics 100000 --rounds 3`.
 * With DATABASE_URL it uses that database and writes nothing. Otherwise it fills a temporary one. No response comes
 * from the cache. The yardstick is an uncached page of the default list, in the same round.
 */
import { readFileSync } from 'node:fs';
import { environment, migrate, seedMetrics } from '../dev/commands.ts';
import { run } from '../dev/guarded-process.ts';
import { createDatabase, startTemporaryPostgres } from '../dev/postgres.ts';
import { Failure, main, step } from '../dev/script.ts';
import { readOptions } from './options.ts';
import { startService } from './sides.ts';

const QUERIES = 'test/search/golden.ndjson';

async function prepare(metrics: number): Promise<string> {
  const url = await createDatabase((await startTemporaryPostgres()).url('postgres'), 'mdl_bench');
  const env = environment({ DATABASE_URL: url });
  await run('the migration', process.execPath, migrate, env);
  await run('the seed', process.execPath, seedMetrics(metrics), env);
  return url;
}

/** The milliseconds of a request. */
async function timeOf(url: string): Promise<number> {
  const start = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  if (!response.ok || response.headers.get('x-cache') !== 'MISS')
    throw new Failure(`${url}: ${response.status}, X-Cache ${response.headers.get('x-cache')}`);
  return performance.now() - start;
}

const percentile = (times: number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.ceil(share * times.length) - 1] ?? 0;

async function bench(): Promise<number> {
  const { metrics, rounds } = readOptions(process.argv.slice(2));
  let url = process.env['DATABASE_URL'] ?? '';
  await step(async () => {
    if (!url) url = await prepare(metrics);
    return 'database ready';
  });
  const { address } = await startService(url, 'strict');
  const queries = readFileSync(QUERIES, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { q: string }).q);
  for (let round = 0; round < rounds; round++) {
    // Another page size is another response, so none is cached; the counts are after the first round.
    const limit = 50 - round;
    const list = (query: Record<string, string>) =>
      timeOf(`${address}/api/v1/metrics?${new URLSearchParams({ ...query, limit: String(limit) }).toString()}`);
    const [searches, yardsticks]: [number[], number[]] = [[], []];
    for (const [at, q] of queries.entries()) {
      searches.push(await list({ q }));
      yardsticks.push(await list({ page: String(at + 20) }));
    }
    const [p50, p95] = [percentile(searches, 0.5), percentile(searches, 0.95)];
    const yardstick = percentile(yardsticks, 0.5);
    const slowest = queries[searches.indexOf(Math.max(...searches))] ?? '';
    console.log(
      `  round ${round + 1}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, yardstick ${yardstick.toFixed(1)} ms, ` +
        `ratio ${(p95 / yardstick).toFixed(1)}; slowest ${Math.max(...searches).toFixed(1)} ms: ${slowest}`,
    );
  }
  return 0;
}

await main('npm run bench:search', bench);

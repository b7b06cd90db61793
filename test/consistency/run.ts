import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createTestDatabase } from '../support/database.ts';
import { type Breakage, breakDatabase, preloadOf } from './breakages.ts';
import { Documents } from './documents.ts';
import { Figures } from './figures.ts';
import { Instance } from './instances.ts';
import { Ledger } from './ledger.ts';
import { Nemesis } from './nemesis.ts';
import { Readers } from './readers.ts';
import type { Redis } from './redis.ts';
import { Writers } from './writers.ts';

export interface RunOptions {
  /** Folder of the compiled service. */
  build: string;
  redis: Redis | undefined;
  instances: number;
  readers: number;
  /** It ends when it has lasted this long, has read this much and, with faults, has met each of them. */
  seconds: number;
  reads: number;
  /** Or at once with the first stale answer, when it is there to find one. */
  breakage?: Breakage;
  /** Mean pause of each writer between two writes. */
  writePauseMs: number;
  /** Mean pause between two faults to the same kind of victim; 0 for none. */
  faultPauseMs: number;
  /** Told now and then how far it is. */
  onProgress?: (figures: Figures, seconds: number) => void;
}

export interface RunResult {
  figures: Figures;
  seconds: number;
}

/** Until an instance knows that its database is open again. */
const SETTLE_MS = 1000;
const PROGRESS_MS = 10_000;
/** Whoever reads this slowly has no hope of ending. */
const LONGEST_FACTOR = 20;

/** One run on a database of its own: instances, writers, readers and the nemesis, then a look at what is left. */
export async function run(options: RunOptions): Promise<RunResult> {
  const database = await createTestDatabase();
  const pool = await openPool(database.url);
  const instances: Instance[] = [];
  try {
    await startInstances(instances, database.url, options);
    return await runOn(instances, database.url, pool, options);
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()));
    await pool.end();
    await database.drop();
  }
}

async function startInstances(
  instances: Instance[],
  databaseUrl: string,
  { instances: count, build, breakage, redis }: RunOptions,
): Promise<void> {
  const settings = { DATABASE_URL: databaseUrl, REDIS_URL: redis?.url ?? '', REDIS_HOST: '' };
  const slow = resolve('test/consistency/slow-fills.cjs');
  const starts = Array.from({ length: count }, async (_, index) => {
    const preload = breakage ? preloadOf(breakage) : index === count - 1 ? slow : undefined;
    const name = preload === slow ? 'slow' : `${index + 1}.`;
    instances.push(await Instance.start(name, build, settings, preload));
  });
  await Promise.all(starts);
}

async function runOn(
  instances: readonly Instance[],
  databaseUrl: string,
  pool: pg.Pool,
  options: RunOptions,
): Promise<RunResult> {
  const figures = new Figures();
  const ledger = new Ledger();
  const documents = new Documents(ledger, { counting: 16, moving: 5, checkedIn: 3 });
  const writers = new Writers(documents, ledger, instances, pool, figures);
  const readers = new Readers(documents, ledger, instances, figures);
  const nemesis = new Nemesis(instances, options.redis, databaseUrl, figures);
  await writers.prepare();
  if (options.breakage) await breakDatabase(options.breakage, pool);
  const start = performance.now();
  let seconds = 0;
  const works = [
    writers.run(options.writePauseMs),
    readers.run(options.readers),
    ...(options.faultPauseMs > 0 ? [nemesis.run(options.faultPauseMs)] : []),
  ];
  await Promise.race([
    Promise.all(works),
    untilDone(options, figures, start, () => options.faultPauseMs === 0 || nemesis.isThrough),
  ]).finally(async () => {
    seconds = (performance.now() - start) / 1000;
    for (const part of [nemesis, writers, readers]) part.stop();
    await Promise.allSettled(works);
  });
  await Promise.all(works);
  for (const { name, ends } of instances)
    for (const end of ends) figures.violate('unexpected', `the ${name} instance ended by itself: ${end}`);
  await sleep(SETTLE_MS);
  await look(documents, writers, readers, pool, figures);
  return { figures, seconds };
}

/** Sessions that stay: while the database is closed to all others, writers go on. */
async function openPool(url: string): Promise<pg.Pool> {
  const max = 4;
  const pool = new pg.Pool({ connectionString: url, max, idleTimeoutMillis: 0, application_name: 'writer' });
  // Each writer hears of its own failures; the sessions of a database that is dropped at the end are nobody's any more.
  pool.on('error', () => undefined);
  const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()));
  for (const client of clients) client.release();
  return pool;
}

async function untilDone(
  options: RunOptions,
  figures: Figures,
  start: number,
  hasMetFaults: () => boolean,
): Promise<void> {
  const { seconds, reads, breakage, onProgress } = options;
  let told = start;
  for (;;) {
    await sleep(20);
    const now = performance.now();
    const passed = (now - start) / 1000;
    if (breakage && figures.violations.of('stale') > 0) return;
    const isEnough = breakage !== undefined || (figures.reads.total >= reads && hasMetFaults());
    if (passed >= seconds && (isEnough || passed >= seconds * LONGEST_FACTOR)) return;
    if (now - told >= PROGRESS_MS) {
      told = now;
      onProgress?.(figures, passed);
    }
  }
}

/** When all is quiet: nothing that was acknowledged is gone, and every instance shows it. */
async function look(
  documents: Documents,
  writers: Writers,
  readers: Readers,
  database: pg.Pool,
  figures: Figures,
): Promise<void> {
  const { rows } = await database.query<{ resource: string; key: string; version: number }>(
    `SELECT resource, key, version FROM revisions`,
  );
  const kept = new Set(rows.map(({ resource, key, version }) => `${resource}/${key} ${version}`));
  for (const { subject, version } of writers.revisions) {
    const revision = `${subject.resource}/${subject.key} ${version}`;
    if (!kept.has(revision)) figures.violate('lost', `the acknowledged revision ${revision} is missing`);
  }
  for (const { resource, key, content } of documents.all) {
    const sql = `SELECT coalesce(data -> 'extra' -> 'counter', data #> '{key_results,0,current}') #>> '{}' AS counter,
      coalesce(data ->> 'business_domain', data ->> 'parent') AS place, deleted_at IS NOT NULL AS deleted FROM ${resource} WHERE key = $1`;
    const [row] = (await database.query<{ counter: string | null; place: string | null; deleted: boolean }>(sql, [key]))
      .rows;
    const holds = row && !row.deleted ? (row.counter ?? row.place ?? 'absent') : 'absent';
    if (holds !== String(content.value ?? 'absent'))
      figures.violate('lost', `${content.name} is ${holds}, and ${String(content.value)} was acknowledged`);
  }
  await readers.readAll();
}

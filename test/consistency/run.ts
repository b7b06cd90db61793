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
  /** The folder of the compiled service. */
  build: string;
  redis: Redis | undefined;
  instances: number;
  readers: number;
  /** Minimum duration and number of reads; with faults, each must have occurred too. */
  seconds: number;
  reads: number;
  /** The run ends with the first stale response where the cache is broken. */
  breakage?: Breakage;
  /** Mean pause of each writer between two writes. */
  writePauseMs: number;
  /** Mean pause between two faults of one kind; 0 for none. */
  faultPauseMs: number;
  /** Called every ten seconds. */
  onProgress?: (figures: Figures, seconds: number) => void;
}

export interface RunResult {
  figures: Figures;
  seconds: number;
}

/** Time for an instance to find that its database is available again. */
const SETTLE_MS = 1000;
const PROGRESS_MS = 10_000;
/** Maximum duration as a multiple of the requested one. */
const MAX_FACTOR = 20;

/** One run on its own database: instances, writers, readers and faults, then a check of the final state. */
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
  const tasks = [
    writers.run(options.writePauseMs),
    readers.run(options.readers),
    ...(options.faultPauseMs > 0 ? [nemesis.run(options.faultPauseMs)] : []),
  ];
  await Promise.race([
    Promise.all(tasks),
    untilDone(options, figures, start, () => options.faultPauseMs === 0 || nemesis.isComplete),
  ]).finally(async () => {
    seconds = (performance.now() - start) / 1000;
    for (const part of [nemesis, writers, readers]) part.stop();
    await Promise.allSettled(tasks);
  });
  await Promise.all(tasks);
  for (const { name, ends } of instances)
    for (const end of ends) figures.violate('unexpected', `the ${name} instance exited: ${end}`);
  await sleep(SETTLE_MS);
  await checkFinalState(documents, writers, readers, pool, figures);
  return { figures, seconds };
}

/** Permanent sessions: writers continue while the database accepts no new ones. */
async function openPool(url: string): Promise<pg.Pool> {
  const max = 4;
  const pool = new pg.Pool({ connectionString: url, max, idleTimeoutMillis: 0, application_name: 'writer' });
  // Writers receive their own errors. Idle sessions fail when the database is dropped.
  pool.on('error', () => undefined);
  const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()));
  for (const client of clients) client.release();
  return pool;
}

async function untilDone(
  options: RunOptions,
  figures: Figures,
  start: number,
  hadFaults: () => boolean,
): Promise<void> {
  const { seconds, reads, breakage, onProgress } = options;
  let reportedAt = start;
  for (;;) {
    await sleep(20);
    const now = performance.now();
    const passed = (now - start) / 1000;
    if (breakage && figures.violations.of('stale') > 0) return;
    const isEnough = breakage !== undefined || (figures.reads.total >= reads && hadFaults());
    if (passed >= seconds && (isEnough || passed >= seconds * MAX_FACTOR)) return;
    if (now - reportedAt >= PROGRESS_MS) {
      reportedAt = now;
      onProgress?.(figures, passed);
    }
  }
}

/** Checks that every acknowledged write is stored, and that every instance shows it. */
async function checkFinalState(
  documents: Documents,
  writers: Writers,
  readers: Readers,
  database: pg.Pool,
  figures: Figures,
): Promise<void> {
  const { rows } = await database.query<{ resource: string; key: string; version: number }>(
    `SELECT resource, key, version FROM revisions`,
  );
  const stored = new Set(rows.map(({ resource, key, version }) => `${resource}/${key} ${version}`));
  for (const { subject, version } of writers.revisions) {
    const revision = `${subject.resource}/${subject.key} ${version}`;
    if (!stored.has(revision)) figures.violate('lost', `the acknowledged revision ${revision} is missing`);
  }
  for (const { resource, key, content } of documents.all) {
    const sql = `SELECT coalesce(data -> 'extra' -> 'counter', data #> '{key_results,0,current}') #>> '{}' AS counter,
      coalesce(data ->> 'business_domain', data ->> 'parent') AS place, deleted_at IS NOT NULL AS deleted FROM ${resource} WHERE key = $1`;
    const [row] = (await database.query<{ counter: string | null; place: string | null; deleted: boolean }>(sql, [key]))
      .rows;
    const value = row && !row.deleted ? (row.counter ?? row.place ?? 'absent') : 'absent';
    if (value !== String(content.value ?? 'absent'))
      figures.violate('lost', `${content.name} is ${value}, and ${String(content.value)} was acknowledged`);
  }
  await readers.readAll();
}

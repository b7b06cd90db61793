import pg from 'pg';
import { Figures } from '../consistency/figures.ts';
import { Instance } from '../consistency/instances.ts';
import { compare } from './compare.ts';
import { CrashingPostgres } from './crashing-postgres.ts';
import { Kills } from './kills.ts';
import { Load, type Send } from './load.ts';
import { WriteLedger } from './write-ledger.ts';

export interface RunOptions {
  /** The folder of the compiled service. */
  build: string;
  instances: number;
  /** Clients of each kind. */
  width: number;
  kills: { instances: number; postgres: number };
  /** A file that breaks the service. */
  preload?: string;
  onProgress?: (figures: Figures, seconds: number) => void;
}

const COUNTERS = 4;
const PAUSE_MS = 40;
const PROGRESS_MS = 10_000;

/** One run on its own PostgreSQL: clients, kills, then the comparison of the database with the ledger. */
export async function run(options: RunOptions): Promise<{ figures: Figures; seconds: number }> {
  const { build, width, kills: counts, preload, onProgress } = options;
  const postgres = await CrashingPostgres.start();
  const { owner, service } = await postgres.createDatabase('mdl_kills');
  const start = (_: unknown, index: number) =>
    Instance.start(`${index + 1}.`, build, { DATABASE_URL: service }, preload);
  const instances = await Promise.all(Array.from({ length: options.instances }, start));

  const figures = new Figures();
  const ledger = new WriteLedger(COUNTERS);
  const load = new Load(toAny(instances), ledger, figures);
  await load.prepare();
  const startedAt = performance.now();
  const secondsSince = () => (performance.now() - startedAt) / 1000;
  const progress = setInterval(() => onProgress?.(figures, secondsSince()), PROGRESS_MS);
  const clients = load.run(width, PAUSE_MS);
  try {
    await Promise.race([new Kills(ledger, figures).run(instances, postgres, counts), clients]);
  } finally {
    clearInterval(progress);
    load.stop();
    await clients;
    await Promise.all(instances.map((instance) => instance.stop()));
  }
  const seconds = secondsSince();
  for (const { name, ends } of instances)
    for (const end of ends) figures.violate('unexpected', `the ${name} instance exited: ${end}`);
  const client = new pg.Client({ connectionString: owner });
  await client.connect();
  await compare(client, ledger, figures).finally(() => client.end());
  return { figures, seconds };
}

/** Sends each request to a random instance that is up; to any where none is. */
const toAny =
  (instances: readonly Instance[]): Send =>
  (...request) => {
    const up = instances.filter(({ isUp }) => isUp);
    const choice = up.length > 0 ? up : instances;
    const instance = choice[Math.floor(Math.random() * choice.length)];
    if (!instance) throw new Error('There is no instance.');
    return instance.send(...request);
  };

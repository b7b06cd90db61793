import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Figures } from './figures.ts';
import type { Instance } from './instances.ts';
import type { Redis } from './redis.ts';

type Fault = readonly [name: string, cause: () => Promise<unknown>];

const between = (from: number, to: number) => from + Math.random() * (to - from);

/** Causes faults of instances, database sessions and Redis, one after another. */
export class Nemesis {
  /** Whether each fault was caused at least once. */
  get isComplete(): boolean {
    return this.begun > 0 && this.completed === this.begun;
  }

  private begun = 0;
  private completed = 0;
  private readonly ending = new AbortController();
  private readonly instances: readonly Instance[];
  private readonly redis: Redis | undefined;
  private readonly figures: Figures;
  private readonly databaseUrl: string;

  constructor(instances: readonly Instance[], redis: Redis | undefined, databaseUrl: string, figures: Figures) {
    this.instances = instances;
    this.redis = redis;
    this.databaseUrl = databaseUrl;
    this.figures = figures;
  }

  /**
   * Causes faults until `stop`, and leaves everything available.
   *
   * @param pauseMs mean pause between two faults of one kind
   */
  async run(pauseMs: number): Promise<void> {
    // ALTER DATABASE must run in another database.
    const url = new URL(this.databaseUrl);
    const database = url.pathname.slice(1);
    url.pathname = '/postgres';
    const admin = new pg.Client({ connectionString: url.href, application_name: 'nemesis' });
    await admin.connect();
    const tasks = [
      this.repeat(pauseMs, this.faultsOfInstances()),
      this.repeat(pauseMs, faultsOfSessions(admin, database)),
      ...(this.redis ? [this.repeat(pauseMs, this.faultsOfRedis())] : []),
    ];
    // A closed database must be opened again, whatever else fails.
    await Promise.allSettled(tasks);
    await admin.end();
    await Promise.all(tasks);
  }

  stop(): void {
    this.ending.abort();
  }

  /** Causes the faults in turn, so that a short run has all of them. */
  private async repeat(pauseMs: number, faults: readonly Fault[]): Promise<void> {
    this.begun++;
    for (let turn = 0; faults.length > 0; turn++) {
      if (turn === faults.length) this.completed++;
      const { signal } = this.ending;
      await sleep(between(0.5, 1.5) * pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const [name, cause] = faults[turn % faults.length] ?? ['', () => Promise.resolve()];
      await cause();
      this.figures.faults.add(name);
    }
  }

  private faultsOfInstances(): Fault[] {
    const any = () => this.instances[Math.floor(Math.random() * this.instances.length)];
    return [
      ['kill -9 of an instance', () => any()?.crash(between(0, 500)) ?? Promise.resolve()],
      ['SIGSTOP of an instance', () => any()?.freeze(between(100, 800)) ?? Promise.resolve()],
      ['SIGSTOP of an instance', () => any()?.freeze(between(100, 800)) ?? Promise.resolve()],
    ];
  }

  private faultsOfRedis(): Fault[] {
    const { redis } = this;
    if (!redis) return [];
    return [
      ['SIGSTOP of Redis', () => redis.freeze(between(300, 3000))],
      ['FLUSHALL', () => redis.empty()],
      ['kill -9 of Redis', () => redis.crash(between(0, 1000))],
      ['FLUSHALL', () => redis.empty()],
    ];
  }
}

function faultsOfSessions(admin: pg.Client, database: string): Fault[] {
  const terminate = (which: string) =>
    admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'mdl%' ${which}`,
      [database],
    );
  return [
    ['one session terminated', () => terminate('ORDER BY random() LIMIT 1')],
    ['generation sessions terminated', () => terminate(`AND query LIKE '%cache_generations%'`)],
    ['all sessions terminated', () => terminate('')],
    [
      'database closed',
      async () => {
        await admin.query(`ALTER DATABASE ${admin.escapeIdentifier(database)} ALLOW_CONNECTIONS false`);
        await terminate('');
        await sleep(between(200, 2000));
        await admin.query(`ALTER DATABASE ${admin.escapeIdentifier(database)} ALLOW_CONNECTIONS true`);
      },
    ],
  ];
}

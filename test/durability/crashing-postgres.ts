import { execFileSync } from 'node:child_process';
import { environment, migrate } from '../../dev/commands.ts';
import { run } from '../../dev/guarded-process.ts';
import {
  APPLICATION_ROLE,
  asApplication,
  createDatabase,
  ensureApplicationRole,
  prepareTemporaryPostgres,
  type Postgres,
} from '../../dev/postgres.ts';

/** A PostgreSQL of its own that can be killed, and is started again on the same data folder and port. */
export class CrashingPostgres {
  /** The folder of its data folder, where its user can write. */
  readonly folder: string;
  private readonly startAgain: () => Promise<Postgres>;
  private running: Postgres;

  private constructor(folder: string, startAgain: () => Promise<Postgres>, running: Postgres) {
    this.folder = folder;
    this.startAgain = startAgain;
    this.running = running;
  }

  static async start(): Promise<CrashingPostgres> {
    // As it is installed: COMMIT is acknowledged after it has been flushed to disk.
    const { folder, startAgain } = await prepareTemporaryPostgres([]);
    return new CrashingPostgres(folder, startAgain, await startAgain());
  }

  /** Creates a migrated database. @returns its URL for the owner of the tables and for the service */
  async createDatabase(name: string): Promise<{ owner: string; service: string }> {
    const owner = await createDatabase(this.running.url('postgres'), name);
    await ensureApplicationRole(owner);
    const settings = environment({ DATABASE_URL: owner, APPLICATION_ROLE });
    await run('the migration', process.execPath, migrate, settings);
    return { owner, service: asApplication(owner) };
  }

  /** kill -9 of the server with all its processes. */
  async kill(): Promise<void> {
    const { pid, exited } = this.running;
    // The children end by themselves when they notice that the first process is gone.
    for (const each of [pid, ...childrenOf(pid)]) killIfRunning(each);
    await exited;
  }

  /** Starts a server on the data of the killed one, which recovers them. */
  async restart(): Promise<void> {
    this.running = await this.startAgain();
  }
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const rows = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return rows.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}

function killIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

import { execFileSync } from 'node:child_process';
import { prepareTemporaryPostgres, type Postgres } from '../../dev/postgres.ts';

/** A PostgreSQL of its own that can be killed, and is started again on the same data folder and port. */
export class CrashingPostgres {
  private readonly startAgain: () => Promise<Postgres>;
  private running: Postgres;

  private constructor(startAgain: () => Promise<Postgres>, running: Postgres) {
    this.startAgain = startAgain;
    this.running = running;
  }

  static async start(): Promise<CrashingPostgres> {
    // As it is installed: COMMIT is acknowledged after it has been flushed to disk.
    const { startAgain } = await prepareTemporaryPostgres([]);
    return new CrashingPostgres(startAgain, await startAgain());
  }

  url(database: string): string {
    return this.running.url(database);
  }

  /** kill -9 of the server with all its processes, then a new server that recovers. */
  async crash(): Promise<void> {
    const { pid, exited } = this.running;
    for (const process_ of [pid, ...childrenOf(pid)]) process.kill(process_, 'SIGKILL');
    await exited;
    this.running = await this.startAgain();
  }
}

function childrenOf(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return rows.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}

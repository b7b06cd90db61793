import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../consistency/figures.ts';
import type { Instance } from '../consistency/instances.ts';
import type { CrashingPostgres } from './crashing-postgres.ts';
import type { WriteLedger } from './write-ledger.ts';

/** Acknowledged writes between two kills of one process. */
const WRITES_BETWEEN = 20;

/** Kills instances and PostgreSQL while clients write: at the same time, each only after it served writes again. */
export class Kills {
  private readonly ledger: WriteLedger;
  private readonly figures: Figures;
  private readonly ending = new AbortController();

  constructor(ledger: WriteLedger, figures: Figures) {
    this.ledger = ledger;
    this.figures = figures;
  }

  async run(
    instances: readonly Instance[],
    postgres: CrashingPostgres,
    counts: { instances: number; postgres: number },
  ): Promise<void> {
    const each = Math.ceil(counts.instances / instances.length);
    const loops = instances.map((instance, index) =>
      this.repeat('kill -9 of an instance', Math.min(each, counts.instances - each * index), () =>
        instance.crash(Math.random() * 300),
      ),
    );
    const server = this.repeat('kill -9 of PostgreSQL', counts.postgres, () => postgres.crash());
    await Promise.all([...loops, server]);
  }

  /** No further kill; the last one ends with everything up. */
  stop(): void {
    this.ending.abort();
  }

  private async repeat(name: string, count: number, kill: () => Promise<void>): Promise<void> {
    const { signal } = this.ending;
    for (let left = count; left > 0; left--) {
      const from = this.ledger.acknowledged;
      while (this.ledger.acknowledged < from + WRITES_BETWEEN && !signal.aborted) await sleep(20);
      await sleep(Math.random() * 1000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await kill();
      this.figures.faults.add(name);
    }
  }
}

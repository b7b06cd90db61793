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
    const server = this.repeat('kill -9 of PostgreSQL', counts.postgres, async () => {
      await postgres.kill();
      await postgres.restart();
    });
    await Promise.all([...loops, server]);
  }

  private async repeat(name: string, count: number, kill: () => Promise<void>): Promise<void> {
    for (let left = count; left > 0; left--) {
      const from = this.ledger.acknowledged;
      while (this.ledger.acknowledged < from + WRITES_BETWEEN) await sleep(20);
      await sleep(Math.random() * 1000);
      await kill();
      this.figures.faults.add(name);
    }
  }
}

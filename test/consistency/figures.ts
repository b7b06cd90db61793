/** Violations that are told in full; the others are only counted. */
const TOLD = 20;

/** Counts by name, zero where nothing was counted. */
export class Counts<Name extends string = string> {
  private readonly counts = new Map<Name, number>();

  add(name: Name, count = 1): void {
    this.counts.set(name, this.of(name) + count);
  }

  of(name: Name): number {
    return this.counts.get(name) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}

export type Violation = 'stale' | 'time travel' | 'impossible' | 'lost' | 'phantom' | 'unexpected';

/** Everything that a run counts. */
export class Figures {
  /** Answers that were checked, by the kind of question. */
  readonly reads = new Counts();

  /** The same answers by their `X-Cache`, `none` without one. */
  readonly cache = new Counts();

  /** The same answers, by what a client can see of them. */
  readonly answers = new Counts<'whole' | 'compressed' | 'not modified' | 'marked STALE'>();

  /** Statements about single documents, counts and positions that the answers made. */
  statements = 0;

  /** Writes that were acknowledged, by kind. */
  readonly writes = new Counts();

  /** Requests without a usable answer, by reason; only faults explain them. */
  readonly failures = new Counts();

  readonly faults = new Counts();

  readonly violations = new Counts<Violation>();

  readonly told: string[] = [];

  violate(violation: Violation, what: string): void {
    this.violations.add(violation);
    if (this.told.length < TOLD) this.told.push(`${violation}: ${what}`);
  }
}

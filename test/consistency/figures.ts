/** Violations that are reported in full; further ones are only counted. */
const MAX_REPORTED = 20;

/** Counts by name. */
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

export type Violation = 'stale' | 'time travel' | 'impossible' | 'lost' | 'doubled' | 'phantom' | 'unexpected';

/** The counts of a run. */
export class Figures {
  /** Checked responses by kind of request. */
  readonly reads = new Counts();

  /** Checked responses by `X-Cache`, `none` without one. */
  readonly cache = new Counts();

  /** Checked responses by form. */
  readonly responses = new Counts<'whole' | 'compressed' | 'not modified' | 'marked STALE'>();

  /** Checked values in these responses. */
  values = 0;

  /** Acknowledged writes by kind. */
  readonly writes = new Counts();

  /** Requests without a usable response, by reason; only faults explain them. */
  readonly failures = new Counts();

  readonly faults = new Counts();

  readonly violations = new Counts<Violation>();

  readonly reported: string[] = [];

  violate(violation: Violation, what: string): void {
    this.violations.add(violation);
    if (this.reported.length < MAX_REPORTED) this.reported.push(`${violation}: ${what}`);
  }
}

import type { Ledger, Register } from './ledger.ts';

export const TIERS = ['tier-1', 'tier-2', 'tier-3'] as const;

/** Each write changes the tier, so that the members of lists by tier change. */
export const tierOf = (counter: number): string => TIERS[counter % TIERS.length] ?? '';

/** A document as its writer knows it. */
export interface Subject {
  resource: 'metrics' | 'domains' | 'objectives';
  key: string;
  version: number;
  /** Its counter or its place. */
  content: Register;
  /** Its last revision. */
  history: Register;
}

/**
 * The documents of a run: metrics with a counter; metrics that move between two domains; metrics that are created and
 * deleted; objectives whose key result is a counter; a domain that moves in the tree.
 */
export class Documents {
  readonly counting: Subject[];
  readonly moving: Subject[];
  readonly checkedIn: Subject[];
  readonly branch: Subject;
  readonly described: Subject;

  /** The number of metrics of each domain. */
  readonly populations: { east: Register; west: Register; pond: Register };

  /** The metric that is created next, after those that were created before. */
  readonly passing: Subject[] = [];

  private readonly ledger: Ledger;

  constructor(ledger: Ledger, counts: { counting: number; moving: number; checkedIn: number }) {
    this.ledger = ledger;
    const several = (count: number, make: (index: number) => Subject) =>
      Array.from({ length: count }, (_, i) => make(i));
    this.counting = several(counts.counting, (index) => this.subject('metrics', `counting-${index}`, 0, 1));
    this.moving = several(counts.moving, (index) => this.subject('metrics', `moving-${index}`, 'east', 1));
    this.checkedIn = several(counts.checkedIn, (index) => this.subject('objectives', `checked-in-${index}`, 0, 1));
    this.branch = this.subject('domains', 'branch', 'east', 1);
    this.described = this.subject('domains', 'steady', 0, 1);
    this.populations = {
      east: ledger.register('metrics of east', counts.moving),
      west: ledger.register('metrics of west', 0),
      pond: ledger.register('metrics of pond', 0),
    };
    this.next();
  }

  /** The next metric; readers request it before it exists. */
  next(): Subject {
    const subject = this.subject('metrics', `passing-${this.passing.length}`, undefined, 0);
    this.passing.push(subject);
    return subject;
  }

  get all(): Subject[] {
    return [...this.counting, ...this.moving, ...this.checkedIn, this.branch, this.described, ...this.passing];
  }

  private subject(resource: Subject['resource'], key: string, content: string | number | undefined, version: number) {
    const { ledger } = this;
    return {
      resource,
      key,
      version,
      content: ledger.register(`${resource}/${key}`, content),
      history: ledger.register(`revisions of ${resource}/${key}`, version),
    };
  }
}

export const countingMetric = (key: string, counter: number) => ({
  metric_id: key,
  name: `Metric ${key}`,
  description: 'One of those whose counter rises with each write. '.repeat(8),
  business_domain: 'steady',
  tier: tierOf(counter),
  tags: ['counting'],
  extra: { counter },
});

export const movingMetric = (key: string, domain: string) => ({
  metric_id: key,
  name: `Metric ${key}`,
  business_domain: domain,
  tags: ['moving'],
});

export const passingMetric = (key: string, counter: number) => ({
  metric_id: key,
  name: `Metric ${key}`,
  business_domain: 'pond',
  tags: ['passing'],
  extra: { counter },
});

export const checkedInObjective = (key: string, counter: number) => ({
  objective_id: key,
  name: `Objective ${key}`,
  domain_id: 'steady',
  key_results: [{ kr_id: 'KR-1', name: 'How often it was checked in', target: 1_000_000, current: counter }],
});

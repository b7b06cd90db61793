import type { Reading } from './load.ts';

export type Target = { atLeast: number } | { atMost: number };

/** What came out of one scenario or check, a value for each round. */
export interface Result {
  name: string;
  /** More is better of a ratio, less of everything else. */
  unit: 'ratio' | 'ms added to p50' | 'ms added to p99' | 'µs CPU added' | 'MB';
  values: number[];
  target?: Target;
  yardstickKind?: 'plain' | 'hand-written';
  /** Everything that was read, round by round. */
  readings?: { service: Reading[]; yardstick?: Reading[] };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Whether the median keeps what was promised; what has no target keeps it. */
export function isMet({ target, values }: Pick<Result, 'target' | 'values'>): boolean {
  if (!target) return true;
  return 'atLeast' in target ? median(values) >= target.atLeast : median(values) <= target.atMost;
}

export const describeTarget = (target: Target): string =>
  'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;

/** A value with as many digits as say something. */
export const format = (value: number, unit: Result['unit']): string =>
  unit === 'MB' || unit === 'µs CPU added' ? value.toFixed(0) : value.toFixed(2);

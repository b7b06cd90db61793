import type { Reading } from './load.ts';
import type { Machine } from './machine.ts';
import type { Options } from './options.ts';

export type Target = { atLeast: number } | { atMost: number };

/** The result of one scenario, with a value for each round. */
export interface Result {
  name: string;
  /** A higher ratio is better; of the other units, a lower value is. */
  unit: 'ratio' | 'ms added to p50' | 'ms added to p99' | 'µs CPU added' | 'MB';
  values: number[];
  target?: Target;
  baselineKind?: 'plain' | 'hand-written';
  /** All measurements, by round. */
  readings?: { service: Reading[]; baseline?: Reading[] };
}

/** A complete run, as it is written and compared. */
export interface Report {
  machine: Machine;
  options: Options;
  results: Result[];
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Whether the median meets the target. A result without a target meets it. */
export function isMet({ target, values }: Pick<Result, 'target' | 'values'>): boolean {
  if (!target) return true;
  return 'atLeast' in target ? median(values) >= target.atLeast : median(values) <= target.atMost;
}

export const describeTarget = (target: Target): string =>
  'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;

/** Formats a value with its significant digits. */
export const format = (value: number, unit: Result['unit']): string =>
  unit === 'MB' || unit === 'µs CPU added' ? value.toFixed(0) : value.toFixed(2);

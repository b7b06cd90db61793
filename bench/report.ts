import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Comparison, Reading } from './measure.ts';
import type { Options } from './options.ts';

const RESULTS = 'bench/results';

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

const medianOf = (readings: Reading[], of: (reading: Reading) => number) => median(readings.map(of));

/** The medians over the rounds, a line for each side; the ratio with what it was at its lowest and highest. */
export function printTable(comparisons: Comparison[]): void {
  console.log(`\n${line('', 'requests/s', 'p50 ms', 'p97.5', 'p99', 'ratio: median (min to max)')}`);
  for (const { scenario, service, yardstick, ratios } of comparisons) {
    const target = scenario.target === undefined ? '' : `, target ${scenario.target.toFixed(1)}`;
    const ratio = `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})${target}`;
    console.log(readingLine(scenario.name, service, ratio));
    console.log(readingLine('  yardstick', yardstick, ''));
  }
}

const readingLine = (name: string, readings: Reading[], ratio: string) =>
  line(
    name,
    medianOf(readings, ({ requestsPerSecond }) => requestsPerSecond).toFixed(0),
    ...[({ p50 }: Reading) => p50, ({ p97_5 }: Reading) => p97_5, ({ p99 }: Reading) => p99].map((of) =>
      medianOf(readings, of).toFixed(0),
    ),
    ratio,
  );

const line = (name: string, ...cells: string[]) =>
  `${name.padEnd(16)}${cells.map((cell, index) => (index < 4 ? cell.padStart(11) : `   ${cell}`)).join('')}`.trimEnd();

/** Keeps everything that was measured, to be compared with another run on the same machine. */
export function writeResults(comparisons: Comparison[], options: Options): string {
  mkdirSync(RESULTS, { recursive: true });
  const file = `${RESULTS}/latest.json`;
  const machine = { node: process.version, cpus: availableParallelism() };
  writeFileSync(file, `${JSON.stringify({ options, machine, comparisons }, null, 2)}\n`);
  return file;
}

import type { Counts, Figures, Violation } from './figures.ts';

const VIOLATIONS: Violation[] = ['stale', 'time travel', 'impossible', 'lost', 'doubled', 'phantom', 'unexpected'];

const number = (value: number) => value.toLocaleString('en');
const share = (part: number, whole: number) => (whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`);

/** The report of a run. */
export function reportOf(figures: Figures, seconds: number): string {
  const { reads, cache, responses, writes, failures, faults, violations, values } = figures;
  const found = VIOLATIONS.map((name) => [name, violations.of(name)] as const);
  return [
    line('reads checked', `${number(reads.total)} in ${seconds.toFixed(0)} s, ${number(values)} values in them`),
    ...table(reads),
    line('by X-Cache', ''),
    ...table(cache),
    line('by form', ''),
    ...table(responses, reads.total),
    line('writes acknowledged', number(writes.total)),
    ...table(writes),
    line('faults', number(faults.total)),
    ...table(faults),
    line('without a response', number(failures.total)),
    ...table(failures),
    '',
    ...found.map(([name, count]) => line(name, number(count))),
    ...figures.reported.map((violation) => `  ${violation}`),
  ].join('\n');
}

/** The progress of a run in one line. */
export const progressOf = ({ reads, writes, faults, violations }: Figures, seconds: number): string =>
  `  ${seconds.toFixed(0).padStart(5)} s  ${number(reads.total)} reads, ${number(writes.total)} writes, ${faults.total} faults, ${violations.total} violations`;

const line = (name: string, value: string) => `${name.padEnd(34)}${value}`.trimEnd();

function table(counts: Counts, whole = counts.total): string[] {
  return Object.entries(counts.toJSON())
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => line(`  ${name}`, `${number(count).padStart(10)}${share(count, whole)}`));
}

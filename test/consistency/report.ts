import type { Counts, Figures } from './figures.ts';

const number = (value: number) => value.toLocaleString('en');
const share = (part: number, whole: number) => (whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`);

/** The figures of a run, a line for each. */
export function reportOf(figures: Figures, seconds: number): string {
  const { reads, cache, answers, writes, failures, faults, violations, statements } = figures;
  const found = (['stale', 'time travel', 'impossible', 'lost', 'phantom', 'unexpected'] as const).map(
    (name) => [name, violations.of(name)] as const,
  );
  return [
    line('reads checked', `${number(reads.total)} in ${seconds.toFixed(0)} s, ${number(statements)} values in them`),
    ...table(reads),
    line('by X-Cache', ''),
    ...table(cache),
    line('by form', ''),
    ...table(answers, reads.total),
    line('writes acknowledged', number(writes.total)),
    ...table(writes),
    line('faults', number(faults.total)),
    ...table(faults),
    line('without an answer', number(failures.total)),
    ...table(failures),
    '',
    ...found.map(([name, count]) => line(name, number(count))),
    ...figures.told.map((violation) => `  ${violation}`),
  ].join('\n');
}

/** One line on how far a run is. */
export const progressOf = ({ reads, writes, faults, violations }: Figures, seconds: number): string =>
  `  ${seconds.toFixed(0).padStart(5)} s  ${number(reads.total)} reads, ${number(writes.total)} writes, ${faults.total} faults, ${violations.total} violations`;

const line = (name: string, value: string) => `${name.padEnd(34)}${value}`.trimEnd();

function table(counts: Counts, whole = counts.total): string[] {
  return Object.entries(counts.toJSON())
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => line(`  ${name}`, `${number(count).padStart(10)}${share(count, whole)}`));
}

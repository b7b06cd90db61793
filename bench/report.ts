import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { drawChart } from './chart.ts';
import type { Reading } from './load.ts';
import { describeTarget, format, isMet, median, type Report, type Result } from './result.ts';

const FOLDER = 'bench/results';

type Column = [heading: string, of: (reading: Reading) => number | null, digits: number];

const COLUMNS: Column[] = [
  ['requests/s', ({ requestsPerSecond }) => requestsPerSecond, 0],
  ['p50 ms', ({ p50 }) => p50, 2],
  ['p95', ({ p95 }) => p95, 2],
  ['p99', ({ p99 }) => p99, 2],
  ['MB/s', ({ bytesPerSecond }) => bytesPerSecond / 1e6, 1],
  ['CPU µs', ({ cpuPerRequest }) => cpuPerRequest, 0],
  ['hits %', ({ hitRate }) => (hitRate === null ? null : hitRate * 100), 1],
];

/** Prints the medians of the rounds, a line for each server, and the result with its lowest and highest round. */
export function printTable(results: Result[]): void {
  console.log(`\n${line('', ...COLUMNS.map(([heading]) => heading), 'median (min to max)')}`);
  for (const result of results) {
    console.log(line(result.name, ...cells(result.readings?.service ?? []), formatOutcome(result)));
    if (result.readings?.baseline) console.log(line(`  ${baselineOf(result)}`, ...cells(result.readings.baseline)));
  }
}

const baselineOf = ({ baselineKind }: Result) => (baselineKind ? `${baselineKind} Fastify` : 'without it');

function formatOutcome(result: Result): string {
  const { unit, values, target } = result;
  const formatValue = (value: number) => format(value, unit);
  const range =
    values.length > 1 ? ` (${formatValue(Math.min(...values))} to ${formatValue(Math.max(...values))})` : '';
  const verdict = target ? `, ${describeTarget(target)}: ${isMet(result) ? 'met' : 'MISSED'}` : '';
  return `${formatValue(median(values))}${unit === 'ratio' ? '' : ` ${unit}`}${range}${verdict}`;
}

const cells = (readings: Reading[]): string[] =>
  COLUMNS.map(([, of, digits]) => {
    const values = readings.map(of).filter((value) => value !== null);
    return values.length === 0 ? '' : median(values).toFixed(digits);
  });

const line = (name: string, ...columns: string[]): string =>
  columns
    .reduce(
      (text, column, index) => text + (index < COLUMNS.length ? column.padStart(11) : `   ${column}`),
      name.padEnd(32),
    )
    .trimEnd();

/** Formats the main columns for docs/performance.md. */
function markdownTable(results: Result[]): string {
  const rows = results.map((result) => {
    const { service = [], baseline = [] } = result.readings ?? {};
    const [requests = '', p50 = '', p95 = '', p99 = '', , cpu = '', hits = ''] = cells(service);
    const [other = ''] = cells(baseline);
    return `| ${[result.name, requests, other, p50, p95, p99, cpu, hits, formatOutcome(result)].join(' | ')} |`;
  });
  const headings = ['', 'requests/s', 'baseline', 'p50 ms', 'p95', 'p99', 'CPU µs', 'hits %', 'median (min to max)'];
  return [`| ${headings.join(' | ')} |`, `|${'---|'.repeat(headings.length)}`, ...rows].join('\n');
}

/** Writes the report, its table and its chart as the latest run and under its time. Returns the path of the latest. */
export function writeReport(report: Report): string {
  mkdirSync(FOLDER, { recursive: true });
  const latest = `${FOLDER}/latest`;
  writeFileSync(`${latest}.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${latest}.svg`, drawChart(report));
  writeFileSync(`${latest}.md`, `${markdownTable(report.results)}\n`);
  const stamped = `${FOLDER}/${report.machine.time.slice(0, 19).replaceAll(':', '-')}`;
  for (const type of ['json', 'svg', 'md']) copyFileSync(`${latest}.${type}`, `${stamped}.${type}`);
  return `${latest}.json, its chart in ${latest}.svg`;
}

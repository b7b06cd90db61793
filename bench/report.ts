import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { drawChart } from './chart.ts';
import type { Reading } from './load.ts';
import type { Machine } from './machine.ts';
import type { Options } from './options.ts';
import { describeTarget, format, isMet, median, type Result } from './result.ts';

const FOLDER = 'bench/results';

/** A whole run, as it is written and compared. */
export interface Report {
  machine: Machine;
  options: Options;
  results: Result[];
}

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

/** Medians over the rounds, a line for each side; behind them what was asked for, with its lowest and highest round. */
export function printTable(results: Result[]): void {
  console.log(`\n${line('', ...COLUMNS.map(([heading]) => heading), 'median (min to max)')}`);
  for (const result of results) {
    console.log(line(result.name, ...cells(result.readings?.service ?? []), outcome(result)));
    if (result.readings?.yardstick) console.log(line(`  ${yardstickOf(result)}`, ...cells(result.readings.yardstick)));
  }
}

const yardstickOf = ({ yardstickKind }: Result) => (yardstickKind ? `${yardstickKind} Fastify` : 'without');

function outcome(result: Result): string {
  const { unit, values, target } = result;
  const shown = (value: number) => format(value, unit);
  const range = values.length > 1 ? ` (${shown(Math.min(...values))} to ${shown(Math.max(...values))})` : '';
  const verdict = target ? `, ${describeTarget(target)}: ${isMet(result) ? 'met' : 'MISSED'}` : '';
  return `${shown(median(values))}${unit === 'ratio' ? '' : ` ${unit}`}${range}${verdict}`;
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

/** The same for docs/performance.md: what a reader asks first. */
function markdownTable(results: Result[]): string {
  const rows = results.map((result) => {
    const { service = [], yardstick = [] } = result.readings ?? {};
    const [requests = '', p50 = '', p95 = '', p99 = '', , cpu = '', hits = ''] = cells(service);
    const [other = ''] = cells(yardstick);
    return `| ${[result.name, requests, other, p50, p95, p99, cpu, hits, outcome(result)].join(' | ')} |`;
  });
  const headings = ['', 'requests/s', 'yardstick', 'p50 ms', 'p95', 'p99', 'CPU µs', 'hits %', 'median (min to max)'];
  return [`| ${headings.join(' | ')} |`, `|${'---|'.repeat(headings.length)}`, ...rows].join('\n');
}

/** Writes everything measured with its table and chart, once as the latest and once under its time. Returns the path of the latest. */
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

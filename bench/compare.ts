/**
 * Compares two runs of the benchmark: `npm run bench:compare before.json after.json`. The exit code is 1 if a result is
 * worse by more than the noise.
 */
import { readFileSync } from 'node:fs';
import { Failure, main } from '../dev/script.ts';
import { compareRuns } from './comparison.ts';
import { format, median, type Report, type Result } from './result.ts';

function read(file: string): Report {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>;
    if (report.machine && report.options && Array.isArray(report.results)) return report as Report;
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
  throw new Failure(`${file} is not a result of npm run bench`);
}

const describe = ({ machine: { time, commit, cpu, cores, versions }, options }: Report): string =>
  `${time} ${commit} on ${cpu}, ${cores} cores, Node ${versions['node'] ?? ''}; ` +
  `${options.rounds} rounds of ${options.seconds} s, ${options.connections} connections, ${options.metrics} metrics`;

const formatRange = (values: number[], unit: Result['unit']): string =>
  `${format(median(values), unit)} (${format(Math.min(...values), unit)} to ${format(Math.max(...values), unit)})`;

function compare(): number {
  const [first, second, ...others] = process.argv.slice(2);
  if (first === undefined || second === undefined || others.length > 0)
    throw new Failure('two files are required: npm run bench:compare before.json after.json');
  const [before, after] = [read(first), read(second)];
  console.log(`before: ${describe(before)}\nafter:  ${describe(after)}\n`);
  const changes = compareRuns(before.results, after.results);
  if (changes.length === 0) throw new Failure('the two runs have no result in common');
  console.log(line('', 'before', 'after', 'change', ''));
  for (const { name, unit, before: was, after: is, percent, verdict } of changes) {
    const sign = percent > 0 ? '+' : '';
    console.log(
      line(
        `${name}${unit === 'ratio' ? '' : `, ${unit}`}`,
        formatRange(was, unit),
        formatRange(is, unit),
        `${sign}${percent.toFixed(0)} %`,
        verdict,
      ),
    );
  }
  const worse = changes.filter(({ verdict }) => verdict === 'worse');
  console.log(
    worse.length === 0
      ? '\nNo result is worse by more than the noise.'
      : `\nWorse: ${worse.map(({ name }) => name).join('; ')}`,
  );
  return worse.length === 0 ? 0 : 1;
}

const line = (name: string, before: string, after: string, change: string, verdict: string) =>
  `${name.padEnd(50)}${before.padStart(22)}${after.padStart(22)}${change.padStart(9)}   ${verdict}`.trimEnd();

await main('npm run bench:compare', () => Promise.resolve().then(compare));

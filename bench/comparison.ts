import { median, type Result } from './result.ts';

/**
 * Percent. With three rounds per run, one in ten comparisons of equal code has no overlap; few of them differ by more.
 */
const NOISE_PERCENT = 5;

/** The change of one result between two runs. */
export interface Change {
  name: string;
  unit: Result['unit'];
  before: number[];
  after: number[];
  /** The change of the median in percent. */
  percent: number;
  verdict: 'better' | 'worse' | 'no difference shown' | 'measured once, noise unknown';
}

/**
 * Compares the results that both runs have. A result is better or worse if the rounds of the runs do not overlap and
 * the medians differ by more than the noise. A result of a single round has unknown noise and is never better or
 * worse.
 */
export function compareRuns(before: Result[], after: Result[]): Change[] {
  return after.flatMap(({ name, unit, values }) => {
    const earlier = before.find((result) => result.name === name && result.unit === unit);
    if (!earlier) return [];
    const was = median(earlier.values);
    const percent = ((median(values) - was) / Math.abs(was)) * 100;
    return [
      {
        name,
        unit,
        before: earlier.values,
        after: values,
        percent,
        verdict: judge(earlier.values, values, unit, percent),
      },
    ];
  });
}

function judge(before: number[], after: number[], unit: Result['unit'], percent: number): Change['verdict'] {
  if (before.length < 2 || after.length < 2) return 'measured once, noise unknown';
  const apart = Math.min(...after) > Math.max(...before) || Math.max(...after) < Math.min(...before);
  if (!apart || Math.abs(percent) <= NOISE_PERCENT) return 'no difference shown';
  return percent > 0 === (unit === 'ratio') ? 'better' : 'worse';
}

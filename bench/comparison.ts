import { median, type Result } from './result.ts';

/** Percent: with three rounds a side, one comparison in ten of equal code has no overlap by chance; few of those are so far apart. */
const NOISE_PERCENT = 5;

/** What became of one result between two runs. */
export interface Change {
  name: string;
  unit: Result['unit'];
  before: number[];
  after: number[];
  /** Of the median, in percent of the one before. */
  percent: number;
  verdict: 'better' | 'worse' | 'no difference shown' | 'measured once, noise unknown';
}

/**
 * Compares what both runs measured. A difference is one where no round of one run lies within the rounds of the other and
 * the medians are more than the noise between runs apart; otherwise none is shown. What was measured once says nothing of its noise, and is never called better or worse.
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

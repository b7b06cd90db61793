import type { Distribution } from '../instrumentation/distribution';

export type Labels = Record<string, string>;

/** One value for each combination of labels. */
export type Series<Value> = Iterable<readonly [labels: Labels, value: Value]>;

/** A single value as a series without labels. */
export const seriesOf = <Value extends object | number>(read: Value | Series<Value>): Series<Value> =>
  typeof read === 'object' && Symbol.iterator in read ? read : [[{}, read]];

/** The number of values and their sum. */
export interface Totals {
  count: number;
  sum: number;
}

/** One line of the Prometheus text format. */
interface Sample {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

/** The samples of a summary without quantiles. */
export const summarySamples = (name: string, labels: Labels, { count, sum }: Totals): Sample[] => [
  { metricName: `${name}_sum`, labels, value: sum },
  { metricName: `${name}_count`, labels, value: count },
];

/** The samples of a histogram; the buckets of Prometheus are cumulative. */
export function histogramSamples(name: string, labels: Labels, distribution: Distribution): Sample[] {
  const { bounds, counts, count } = distribution;
  const bucket = (le: string | number, value: number) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value,
  });
  let cumulative = 0;
  const buckets = bounds.map((bound, index) => bucket(bound, (cumulative += counts[index] ?? 0)));
  return [...buckets, bucket('+Inf', count), ...summarySamples(name, labels, distribution)];
}

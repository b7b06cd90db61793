/** One value for each combination of labels. */
export type Series<Value> = Iterable<readonly [labels: Record<string, string>, value: Value]>;

/** A single value as a series without labels. */
export const seriesOf = <Value extends object | number>(read: Value | Series<Value>): Series<Value> =>
  typeof read === 'object' && Symbol.iterator in read ? read : [[{}, read]];

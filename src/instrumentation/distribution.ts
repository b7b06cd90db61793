/** How values are distributed: a histogram that costs tens of nanoseconds a value, to be read when somebody asks. */
export class Distribution {
  /** Of each bucket by itself; the last one holds what is above all bounds. */
  readonly counts: number[];

  count = 0;

  sum = 0;

  /** @param bounds upper bounds, ascending, each part of its bucket */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.count++;
    this.sum += value;
  }

  /** The values of several distributions with the same bounds, together. */
  static together(bounds: readonly number[], parts: Iterable<Distribution>): Distribution {
    const all = new Distribution(bounds);
    for (const { counts, count, sum } of parts) {
      for (const [bucket, more] of counts.entries()) all.counts[bucket] = (all.counts[bucket] ?? 0) + more;
      all.count += count;
      all.sum += sum;
    }
    return all;
  }

  /**
   * The value that a share of all values does not exceed, as `histogram_quantile` of Prometheus estimates it: straight
   * between the bounds of its bucket, and the last bound for what lies above it. Null without values.
   */
  quantile(share: number): number | null {
    const { bounds, counts, count } = this;
    if (count === 0) return null;
    const rank = share * count;
    let below = 0;
    for (const [bucket, upper] of bounds.entries()) {
      const here = counts[bucket] ?? 0;
      if (below + here >= rank && here > 0) {
        const lower = bounds[bucket - 1] ?? 0;
        return lower + ((upper - lower) * (rank - below)) / here;
      }
      below += here;
    }
    return bounds.at(-1) ?? null;
  }
}

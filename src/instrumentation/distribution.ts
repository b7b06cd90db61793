/** A histogram: counts values in buckets, in tens of nanoseconds a value. It is read at a scrape or for a summary. */
export class Distribution {
  /** Values per bucket, not cumulative; the last bucket holds the values above all bounds. */
  readonly counts: number[];

  count = 0;

  sum = 0;

  /** @param bounds inclusive upper bounds of the buckets, ascending */
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

  /**
   * Estimates a quantile as `histogram_quantile` of Prometheus does: by linear interpolation within a bucket. Values
   * above the last bound count as that bound.
   *
   * @param share from 0 to 1
   * @returns null if there are no values
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

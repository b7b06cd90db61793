const SECONDS = 60;

/** Counts events in slots of one second, and returns the rate of the last minute. */
export class RecentRate {
  private readonly counts = new Array<number>(SECONDS).fill(0);

  /** The second to which each count belongs. */
  private readonly seconds = new Array<number>(SECONDS).fill(-1);

  private readonly startedAt = this.now();

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  add(): void {
    const second = Math.floor(this.now() / 1000);
    const slot = second % SECONDS;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.counts[slot] = 0;
    }
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
  }

  /** Events per second in the last minute, or since the start in the first minute. */
  get perSecond(): number {
    const second = Math.floor(this.now() / 1000);
    let count = 0;
    for (const [slot, of] of this.seconds.entries()) if (of > second - SECONDS) count += this.counts[slot] ?? 0;
    return count / Math.min(SECONDS, Math.max(1, (this.now() - this.startedAt) / 1000));
  }
}

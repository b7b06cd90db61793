const SECONDS = 60;

/** How often something happened in the last minute, by seconds of the clock. */
export class RecentRate {
  private readonly counts = new Array<number>(SECONDS).fill(0);

  /** The second that each count is of. */
  private readonly seconds = new Array<number>(SECONDS).fill(-1);

  private readonly startedAt = this.now();

  /** @param now milliseconds of a clock that does not go back */
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

  /** A second, over the last minute; over the time since the beginning while that is less. */
  get perSecond(): number {
    const second = Math.floor(this.now() / 1000);
    let count = 0;
    for (const [slot, of] of this.seconds.entries()) if (of > second - SECONDS) count += this.counts[slot] ?? 0;
    return count / Math.min(SECONDS, Math.max(1, (this.now() - this.startedAt) / 1000));
  }
}

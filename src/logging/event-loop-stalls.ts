/** The interval of the timer. */
const PERIOD_MS = 50;
/** The delay of timers on an idle machine. */
const TOLERANCE_MS = 10;
const MAX_STALLS = 200;

/** Detects stalls of the event loop by a timer that fires late; stalls shorter than its interval are not detected. */
export class EventLoopStalls {
  private readonly stalls: { end: number; ms: number }[] = [];

  private checkedAt = performance.now();

  private readonly timer = setInterval(() => this.check(), PERIOD_MS).unref();

  /**
   * The duration of stalls since `start`, in milliseconds.
   *
   * @param start in milliseconds of `performance.now()`
   */
  since(start: number): number {
    this.check();
    let sum = 0;
    for (const { end, ms } of this.stalls) if (end > start) sum += Math.min(ms, end - start);
    return sum;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private check(): void {
    const now = performance.now();
    const ms = now - this.checkedAt - PERIOD_MS;
    this.checkedAt = now;
    if (ms < TOLERANCE_MS) return;
    this.stalls.push({ end: now, ms });
    if (this.stalls.length > MAX_STALLS) this.stalls.shift();
  }
}

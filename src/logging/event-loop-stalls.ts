/** Between two looks at the clock. */
const PERIOD_MS = 50;
/** Timers are late by that much on an idle machine. */
const USUAL_MS = 10;
const MAX_REMEMBERED = 200;

/**
 * When the event loop was held up, so that nothing in the process went on: seen by a timer that comes late. It costs
 * requests nothing, and sees what takes longer than a period.
 */
export class EventLoopStalls {
  private readonly stalls: { end: number; ms: number }[] = [];

  private lookedAt = performance.now();

  private readonly timer = setInterval(() => this.look(), PERIOD_MS).unref();

  /** Milliseconds of stalls from `start`, in milliseconds of `performance.now()`, until now. */
  since(start: number): number {
    this.look();
    let sum = 0;
    for (const { end, ms } of this.stalls) if (end > start) sum += Math.min(ms, end - start);
    return sum;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    const ms = now - this.lookedAt - PERIOD_MS;
    this.lookedAt = now;
    if (ms < USUAL_MS) return;
    this.stalls.push({ end: now, ms });
    if (this.stalls.length > MAX_REMEMBERED) this.stalls.shift();
  }
}

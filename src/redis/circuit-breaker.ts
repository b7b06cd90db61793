/** closed: all pass; open: none passes; half-open: one is on trial. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * A circuit breaker (Nygard, "Release It!"): what failed several times in a row is left alone for a while, then tried
 * once, and used again when that succeeds.
 */
export class CircuitBreaker {
  private current: BreakerState = 'closed';

  private consecutiveFailures = 0;

  private openedAt = 0;

  /** @param now a clock in milliseconds that never goes back */
  constructor(
    private readonly options: { failures: number; pauseMs: number },
    private readonly now: () => number = () => performance.now(),
  ) {}

  get state(): BreakerState {
    return this.current;
  }

  /** Whether to go ahead. Whoever was let through has to report how it ended. */
  allows(): boolean {
    if (this.current === 'closed') return true;
    if (this.current === 'half-open' || this.now() - this.openedAt < this.options.pauseMs) return false;
    this.current = 'half-open';
    return true;
  }

  succeeded(): void {
    // What began before it opened says nothing about now.
    if (this.current !== 'open') this.close();
  }

  failed(): void {
    if (this.current === 'open') return;
    this.consecutiveFailures++;
    if (this.current === 'closed' && this.consecutiveFailures < this.options.failures) return;
    this.current = 'open';
    this.openedAt = this.now();
  }

  /** Forgets all failures. */
  close(): void {
    this.current = 'closed';
    this.consecutiveFailures = 0;
  }
}

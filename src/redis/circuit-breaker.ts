/** closed: calls pass; open: no call passes; half-open: one trial call is in progress. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * A circuit breaker (Nygard, "Release It!"): it opens after several consecutive failures, permits one trial call after
 * a pause, and closes when the trial succeeds.
 */
export class CircuitBreaker {
  private current: BreakerState = 'closed';

  private consecutiveFailures = 0;

  private openedAt = 0;

  /** @param now a monotonic clock in milliseconds */
  constructor(
    private readonly options: { failures: number; pauseMs: number },
    private readonly now: () => number = () => performance.now(),
  ) {}

  get state(): BreakerState {
    return this.current;
  }

  /** Whether a call may start. Its outcome must be reported with `succeeded` or `failed`. */
  allows(): boolean {
    if (this.current === 'closed') return true;
    if (this.current === 'half-open' || this.now() - this.openedAt < this.options.pauseMs) return false;
    this.current = 'half-open';
    return true;
  }

  succeeded(): void {
    // The call started before the breaker opened.
    if (this.current !== 'open') this.close();
  }

  /** @param isCertain whether one failure shows that further calls would fail too */
  failed(isCertain = false): void {
    if (this.current === 'open') return;
    this.consecutiveFailures++;
    if (this.current === 'closed' && !isCertain && this.consecutiveFailures < this.options.failures) return;
    this.current = 'open';
    this.openedAt = this.now();
  }

  /** Closes the breaker, whatever its state. */
  close(): void {
    this.current = 'closed';
    this.consecutiveFailures = 0;
  }
}

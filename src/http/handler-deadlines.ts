import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../config/config';

/** Between two looks at a handler that is late but must not be stopped at this moment. */
const AGAIN_MS = 50;

export interface RunningHandler {
  startedAt: number;
  /** Whether it may be answered as late; asked again soon where it may not. */
  mayExpire(): boolean;
  expire(): void;
}

/**
 * Ends handlers that run longer than HANDLER_TIMEOUT_MS. All have the same time, so they expire in the order in which they
 * began: one timer for the oldest serves them all, and a handler that ends in time never meets it.
 */
@Injectable()
export class HandlerDeadlines implements OnModuleDestroy {
  readonly limitMs: number;

  private readonly running = new Set<RunningHandler>();

  private timer: NodeJS.Timeout | undefined;

  constructor({ HANDLER_TIMEOUT_MS }: Config) {
    this.limitMs = HANDLER_TIMEOUT_MS;
  }

  begin(handler: RunningHandler): void {
    if (this.limitMs === 0) return;
    this.running.add(handler);
    if (!this.timer) this.wakeIn(this.limitMs);
  }

  end(handler: RunningHandler): void {
    this.running.delete(handler);
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  private wakeIn(ms: number): void {
    this.timer = setTimeout(() => this.expireLate(), ms);
    this.timer.unref();
  }

  private expireLate(): void {
    this.timer = undefined;
    const now = performance.now();
    let isWaiting = false;
    for (const handler of this.running) {
      const left = handler.startedAt + this.limitMs - now;
      if (left > 0) return this.wakeIn(isWaiting ? Math.min(left, AGAIN_MS) : left);
      if (handler.mayExpire()) {
        this.running.delete(handler);
        handler.expire();
      } else isWaiting = true;
    }
    if (isWaiting) this.wakeIn(AGAIN_MS);
  }
}

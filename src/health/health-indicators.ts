import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

/** degraded: the service works, but slower or with stale data. */
export type HealthState = 'up' | 'degraded' | 'down';

/** The state of a component at one moment. */
export interface HealthReading {
  state: HealthState;
  /** Why the component is not up. Public: it must contain no address and no credentials. */
  message?: string;
  /** Numbers for operators. */
  details?: Record<string, unknown>;
}

/** A check of one component, registered by the module that owns the component. */
export interface HealthIndicator {
  name: string;
  /** Whether the readiness probe runs the check; if it is down, the instance is taken out of service. */
  isProbed?: true;
  /** The state when the check fails or times out: down (default), or degraded if the service works without it. */
  failing?: 'degraded' | 'down';
  check: () => HealthReading | Promise<HealthReading>;
}

const DEADLINE_MS = 1000;

/** The registry of health indicators. It runs them with a deadline and logs each change of state. */
@Injectable()
export class HealthIndicators {
  private readonly logger = new Logger(HealthIndicators.name);

  private readonly indicators: HealthIndicator[] = [];

  private readonly states = new Map<string, HealthState>();

  register(indicator: HealthIndicator): void {
    this.indicators.push(indicator);
  }

  get all(): readonly HealthIndicator[] {
    return this.indicators;
  }

  /** Runs a check, for one second at the most, and measures its duration. Never throws. */
  async read({ name, check, failing = 'down' }: HealthIndicator): Promise<HealthReading & { latencyMs: number }> {
    const start = performance.now();
    let cause: unknown;
    const reading = await Promise.race([
      Promise.resolve()
        .then(check)
        .catch((error: unknown): HealthReading => {
          cause = error;
          return { state: failing, message: 'No response.' };
        }),
      sleep<HealthReading>(
        DEADLINE_MS,
        { state: failing, message: `No response within ${DEADLINE_MS} ms.` },
        { ref: false },
      ),
    ]);
    this.logChange(name, reading, cause);
    return { ...reading, latencyMs: performance.now() - start };
  }

  private logChange(name: string, { state, message }: HealthReading, err: unknown): void {
    const before = this.states.get(name) ?? 'up';
    this.states.set(name, state);
    if (state === before) return;
    if (state === 'up') this.logger.log(`${name} is up again`);
    else this.logger.warn({ ...(err !== undefined && { err }), reason: message }, `${name} is ${state}`);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

/** degraded: the service does its work, but slower or from what it remembers. */
export type HealthState = 'up' | 'degraded' | 'down';

/** How something is that the service needs or uses. */
export interface HealthReading {
  state: HealthState;
  /** For people, whoever they are: no address, no credentials. */
  message?: string;
  /** Numbers for those who may see them. */
  details?: Record<string, unknown>;
}

/** One of the things that health is made of, provided by the module that knows it. */
export interface HealthIndicator {
  name: string;
  /** Whether readiness asks for it: what is down there takes the instance out of service. */
  isProbed?: true;
  /** What it means when it fails or does not answer in time; down unless the service can do without. */
  failing?: 'degraded' | 'down';
  check: () => HealthReading | Promise<HealthReading>;
}

/** Longest wait for a reading before the thing counts as down. */
const DEADLINE_MS = 1000;

/** Knows the indicators of all modules, and writes into the log what changes. */
@Injectable()
export class HealthIndicators {
  private readonly logger = new Logger(HealthIndicators.name);

  private readonly indicators: HealthIndicator[] = [];

  private readonly last = new Map<string, HealthState>();

  register(indicator: HealthIndicator): void {
    this.indicators.push(indicator);
  }

  get all(): readonly HealthIndicator[] {
    return this.indicators;
  }

  /** Asks one of them, in any case within a second, and tells how long it took. */
  async read({ name, check, failing = 'down' }: HealthIndicator): Promise<HealthReading & { latencyMs: number }> {
    const start = performance.now();
    const waited = new AbortController();
    let cause: unknown;
    const reading = await Promise.race([
      Promise.resolve()
        .then(check)
        .catch((error: unknown): HealthReading => {
          cause = error;
          return { state: failing, message: 'It does not answer.' };
        }),
      sleep(DEADLINE_MS, undefined, { signal: waited.signal, ref: false }).then(
        (): HealthReading => ({ state: failing, message: `It does not answer within ${DEADLINE_MS} ms.` }),
        (): HealthReading => ({ state: failing }),
      ),
    ]);
    waited.abort();
    this.tell(name, reading, cause);
    return { ...reading, latencyMs: performance.now() - start };
  }

  /** One line when something changes, not one a probe. */
  private tell(name: string, { state, message }: HealthReading, err: unknown): void {
    const before = this.last.get(name) ?? 'up';
    this.last.set(name, state);
    if (state === before) return;
    if (state === 'up') this.logger.log(`${name} is up again`);
    else this.logger.warn({ ...(err !== undefined && { err }), reason: message }, `${name} is ${state}`);
  }
}

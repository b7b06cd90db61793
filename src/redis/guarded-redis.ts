import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config';
import { CircuitBreaker, type BreakerState } from './circuit-breaker';
import { createRedisClient, isRedisConfigured, type RedisClient } from './redis-client';

/** Consecutive failures that open the circuit breaker, and how long it stays open. */
const FAILURES = 5;
const PAUSE_MS = 5000;
/** The weight of one command in the average latency. */
const SMOOTHING = 1 / 16;

class RedisTimeout extends Error {}

/** Redis behind a timeout and a circuit breaker: a Redis that fails or hangs costs a request at most the timeout. */
@Injectable()
export class GuardedRedis implements OnModuleInit, OnApplicationShutdown {
  /** Whether the settings name a Redis. */
  readonly isConfigured: boolean;

  private readonly logger = new Logger(GuardedRedis.name);

  private readonly client: RedisClient | undefined;

  private readonly timeoutMs: number;

  private readonly breaker = new CircuitBreaker({ failures: FAILURES, pauseMs: PAUSE_MS });

  /** Commands or groups of commands that were sent; failures include timeouts. */
  private readonly counts = { commands: 0, failures: 0, timeouts: 0 };

  private lastError: Error | undefined;

  /** Moving average of successful commands, in milliseconds. */
  private latencyMs: number | undefined;

  /** The state that was logged last. */
  private logged: 'available' | 'unavailable' | undefined;

  private isClosing = false;

  constructor(config: Config) {
    this.isConfigured = isRedisConfigured(config);
    this.timeoutMs = config.REDIS_TIMEOUT_MS;
    if (!this.isConfigured) return;
    this.client = createRedisClient(config);
    this.client.on('ready', () => {
      // The handshake has just succeeded.
      this.breaker.close();
      this.logChange();
    });
    // Without a listener a lost connection would end the process.
    this.client.on('error', (error: Error) => {
      this.lastError = error;
      this.logChange();
    });
  }

  /**
   * 'off' where Redis is not configured, otherwise the state of the circuit breaker; 'open' without a connection too.
   */
  get state(): 'off' | BreakerState {
    if (!this.client) return 'off';
    return this.client.isReady ? this.breaker.state : 'open';
  }

  /** Starts to connect without waiting: the service starts without Redis too. */
  onModuleInit(): void {
    // Rejects only at a shutdown. Earlier failures are events, and the client reconnects.
    this.client?.connect().catch(() => undefined);
  }

  /**
   * Runs commands within one timeout. Never throws.
   *
   * @param timeoutMs REDIS_TIMEOUT_MS by default; longer only where no request waits
   * @returns undefined where Redis is not configured, unavailable, too slow, or refuses the command; Redis may
   *   still have run the command
   */
  async attempt<T>(command: (client: RedisClient) => Promise<T>, timeoutMs = this.timeoutMs): Promise<T | undefined> {
    const { client } = this;
    if (!client?.isReady || !this.breaker.allows()) return undefined;
    this.counts.commands++;
    const start = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const expire = () => reject(new RedisTimeout(`no response within ${timeoutMs} ms`));
      // After a stall of this process the response may have arrived already; it is read before `setImmediate`.
      timer = setTimeout(() => setImmediate(expire), timeoutMs);
    });
    try {
      const result = await Promise.race([command(client), timeout]);
      this.succeeded(performance.now() - start);
      return result;
    } catch (error) {
      this.failed(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Statistics since the process started. */
  stats() {
    const { state, counts, latencyMs, lastError } = this;
    return { state, ...counts, latencyMs, lastError: lastError && describe(lastError) };
  }

  /** Waits for commands in progress, at most for the timeout. Runs after the last request: a drain still uses Redis. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    if (!this.client?.isOpen) return;
    await Promise.race([this.client.close(), sleep(this.timeoutMs, undefined, { ref: false })]);
    this.client.destroy();
  }

  private succeeded(ms: number): void {
    this.latencyMs = this.latencyMs === undefined ? ms : this.latencyMs + (ms - this.latencyMs) * SMOOTHING;
    this.breaker.succeeded();
    if (this.logged !== 'available') this.logChange();
  }

  private failed(error: unknown): void {
    this.counts.failures++;
    if (error instanceof RedisTimeout) this.counts.timeouts++;
    this.lastError = error instanceof Error ? error : new Error(String(error));
    this.breaker.failed(isReadOnly(this.lastError));
    this.logChange();
  }

  /** Logs changes of availability, not each failure. */
  private logChange(): void {
    const { state } = this;
    const now = state === 'closed' ? 'available' : 'unavailable';
    if (state === 'half-open' || now === this.logged || this.isClosing) return;
    this.logged = now;
    if (now === 'available') this.logger.log('Redis available');
    else
      this.logger.warn(
        { err: this.lastError },
        `Redis unavailable; continuing without it: ${describe(this.lastError)}`,
      );
  }
}

/** A replica refuses writes and serves reads, which would otherwise close the circuit breaker again and again. */
const isReadOnly = ({ message }: Error) => message.includes('READONLY');

function describe(error: Error | undefined): string {
  if (!error) return 'unknown error';
  // An AggregateError of several addresses of one host has no message.
  const { code, errors } = error as { code?: string; errors?: Error[] };
  return error.message || errors?.map(({ message }) => message).join('; ') || code || error.name;
}

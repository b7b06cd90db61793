import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config';
import { CircuitBreaker, type BreakerState } from './circuit-breaker';
import { createRedisClient, isRedisConfigured, type RedisClient } from './redis-client';

/** Failures in a row after which Redis is left alone, and for how long. */
const FAILURES = 5;
const PAUSE_MS = 5000;
/** The weight of one command in the average latency. */
const SMOOTHING = 1 / 16;

/** What happened to Redis since the process began. */
export interface RedisStats {
  state: 'off' | BreakerState;
  /** Commands, or groups of them, that were sent. */
  commands: number;
  /** Those of them that failed, the ones that were too slow included. */
  failures: number;
  timeouts: number;
  lastError?: string;
  /** Of those that succeeded, a moving average in milliseconds. */
  latencyMs?: number;
}

/** A connection to Redis that may fail at any time without anybody waiting for it. */
@Injectable()
export class GuardedRedis implements OnModuleInit, OnApplicationShutdown {
  /** Whether a Redis is configured at all. */
  readonly isConfigured: boolean;

  private readonly logger = new Logger(GuardedRedis.name);

  private readonly client: RedisClient | undefined;

  private readonly deadlineMs: number;

  private readonly breaker = new CircuitBreaker({ failures: FAILURES, pauseMs: PAUSE_MS });

  private readonly counts = { commands: 0, failures: 0, timeouts: 0 };

  private lastError: Error | undefined;

  private latencyMs: number | undefined;

  /** What the log says; undefined before it says anything. */
  private logged: 'works' | 'away' | undefined;

  private isClosing = false;

  constructor(config: Config) {
    this.isConfigured = isRedisConfigured(config);
    this.deadlineMs = config.REDIS_TIMEOUT_MS;
    if (!this.isConfigured) return;
    this.client = createRedisClient(config);
    this.client.on('ready', () => {
      // The handshake was answered this moment.
      this.breaker.close();
      this.logChange();
    });
    // Also what keeps a lost connection from ending the process.
    this.client.on('error', (error: Error) => {
      this.lastError = error;
      this.logChange();
    });
  }

  /** 'off' (not configured), 'closed' (works), 'open' (given up for a while, or no connection), 'half-open' (one trial). */
  get state(): 'off' | BreakerState {
    if (!this.client) return 'off';
    return this.client.isReady ? this.breaker.state : 'open';
  }

  /** Connects, but waits for nothing: the service starts without Redis. */
  onModuleInit(): void {
    // It is rejected only by a shutdown; what goes wrong before is an event, and tried again.
    this.client?.connect().catch(() => undefined);
  }

  /**
   * Runs commands, all of them within one deadline. Never throws, never hangs.
   *
   * @param deadlineMs REDIS_TIMEOUT_MS unless told otherwise, by whoever has no caller waiting for an answer
   * @returns undefined when Redis is off, away, frozen, too slow, or refuses the command; the command may still have worked
   */
  attempt<T>(command: (client: RedisClient) => Promise<T>, deadlineMs = this.deadlineMs): Promise<T | undefined> {
    const { client } = this;
    if (!client?.isReady || !this.breaker.allows()) return Promise.resolve(undefined);
    this.counts.commands++;
    const start = performance.now();
    return new Promise((resolve) => {
      let isSettled = false;
      const settle = (value: T | undefined, error?: unknown) => {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(timer);
        if (error === undefined) this.succeeded(performance.now() - start);
        else this.failed(error);
        resolve(value);
      };
      const giveUp = () => {
        if (isSettled) return;
        this.counts.timeouts++;
        settle(undefined, new Error(`no answer within ${deadlineMs} ms`));
      };
      // If it was this process that had no time, the answer has arrived and is read before `setImmediate`.
      const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
      run(command, client).then(settle, (error: unknown) => settle(undefined, error ?? new Error('no reason')));
    });
  }

  /** What went wrong so far: for statistics and health. */
  stats(): RedisStats {
    return {
      state: this.state,
      ...this.counts,
      ...(this.lastError && { lastError: describe(this.lastError) }),
      ...(this.latencyMs !== undefined && { latencyMs: this.latencyMs }),
    };
  }

  /** Waits for what is under way, not longer than for any command. After the last request: a drain still uses Redis. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    if (!this.client?.isOpen) return;
    const waited = new AbortController();
    await Promise.race([
      this.client.close(),
      sleep(this.deadlineMs, undefined, { signal: waited.signal }).catch(() => undefined),
    ]);
    waited.abort();
    this.client.destroy();
  }

  private succeeded(tookMs: number): void {
    this.latencyMs = this.latencyMs === undefined ? tookMs : this.latencyMs + (tookMs - this.latencyMs) * SMOOTHING;
    this.breaker.succeeded();
    if (this.logged !== 'works') this.logChange();
  }

  private failed(error: unknown): void {
    this.counts.failures++;
    this.lastError = error instanceof Error ? error : new Error(String(error));
    this.breaker.failed();
    this.logChange();
  }

  /** One line when Redis goes away and one when it comes back, not one a request. */
  private logChange(): void {
    const { state } = this;
    const now = state === 'closed' ? 'works' : 'away';
    if (state === 'half-open' || now === this.logged || this.isClosing) return;
    this.logged = now;
    if (now === 'works') this.logger.log('Redis works');
    else this.logger.warn({ err: this.lastError }, `Redis is away, going on without it: ${describe(this.lastError)}`);
  }
}

/** Turns what a command throws at once into a rejection. */
async function run<T>(command: (client: RedisClient) => Promise<T>, client: RedisClient): Promise<T> {
  return command(client);
}

function describe(error: Error | undefined): string {
  if (!error) return 'no reason known';
  // Several addresses of one host fail together, without a message of their own.
  const { code, errors } = error as { code?: string; errors?: Error[] };
  return error.message || errors?.map(({ message }) => message).join('; ') || code || error.name;
}

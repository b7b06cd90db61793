import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

const PERIOD_MS = 10_000;
const RESOLUTION_MS = 20;

/** How busy the event loop was in the last ten seconds or a little less. */
@Injectable()
export class EventLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  private since: EventLoopUtilization = performance.eventLoopUtilization();

  private last: { utilization: number; delay_p99_ms: number } | undefined;

  private readonly timer = setInterval(() => this.turn(), PERIOD_MS).unref();

  constructor() {
    this.delays.enable();
  }

  /** The share of the time in which it did something, and how late timers were at worst but for one in a hundred. */
  get readings(): { utilization: number; delay_p99_ms: number } {
    return this.last ?? this.read();
  }

  /** To load the service holds the loop up, which is nothing to be told of. */
  onApplicationBootstrap(): void {
    this.begin();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.delays.disable();
  }

  private turn(): void {
    this.last = this.read();
    this.begin();
  }

  private begin(): void {
    this.since = performance.eventLoopUtilization();
    this.delays.reset();
  }

  private read(): { utilization: number; delay_p99_ms: number } {
    const { utilization } = performance.eventLoopUtilization(this.since);
    const delay = this.delays.percentile(99) / 1e6 - RESOLUTION_MS;
    return { utilization: round(utilization), delay_p99_ms: round(Math.max(0, delay)) };
  }
}

const round = (value: number) => Math.round(value * 1000) / 1000;

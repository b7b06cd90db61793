import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

const PERIOD_MS = 10_000;
const RESOLUTION_MS = 20;

/** The load of the event loop in one period. */
export interface EventLoopLoad {
  /** Share of the time that the event loop was active. */
  utilization: number;
  /** 99th percentile of the delay of timers. */
  delay_p99_ms: number;
}

/** Measures the load of the event loop in periods of ten seconds. */
@Injectable()
export class EventLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  private start: EventLoopUtilization = performance.eventLoopUtilization();

  private last: EventLoopLoad | undefined;

  private readonly timer = setInterval(() => this.endPeriod(), PERIOD_MS).unref();

  constructor() {
    this.delays.enable();
  }

  /** The load of the last complete period, or of the first one so far. */
  read(): EventLoopLoad {
    return this.last ?? this.measure();
  }

  /** Excludes the start of the application, which blocks the event loop. */
  onApplicationBootstrap(): void {
    this.startPeriod();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.delays.disable();
  }

  private endPeriod(): void {
    this.last = this.measure();
    this.startPeriod();
  }

  private startPeriod(): void {
    this.start = performance.eventLoopUtilization();
    this.delays.reset();
  }

  private measure(): EventLoopLoad {
    const { utilization } = performance.eventLoopUtilization(this.start);
    const delay = this.delays.percentile(99) / 1e6 - RESOLUTION_MS;
    return { utilization: round(utilization), delay_p99_ms: round(Math.max(0, delay)) };
  }
}

const round = (value: number) => Math.round(value * 1000) / 1000;

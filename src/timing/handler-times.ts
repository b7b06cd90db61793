import { Injectable } from '@nestjs/common';

/** Calls of one handler and their duration. */
export class HandlerTime {
  count = 0;

  /** Responses with a status of 500 and more. */
  errors = 0;

  totalMs = 0;

  maxMs = 0;

  /** @param route the template, never a URL with its values */
  constructor(readonly route: string) {}

  add(ms: number, failed: boolean): void {
    this.count++;
    if (failed) this.errors++;
    this.totalMs += ms;
    if (ms > this.maxMs) this.maxMs = ms;
  }
}

/** Calls of each handler since the process started, for telemetry. */
@Injectable()
export class HandlerTimes {
  private readonly times = new Map<unknown, HandlerTime>();

  /** @param handler the controller method, which is a faster key than the name of the route */
  of(handler: unknown, route: () => string): HandlerTime {
    let time = this.times.get(handler);
    if (!time) this.times.set(handler, (time = new HandlerTime(route())));
    return time;
  }

  all(): HandlerTime[] {
    return [...this.times.values()];
  }
}

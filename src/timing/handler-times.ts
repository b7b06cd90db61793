import { Injectable } from '@nestjs/common';

/** What a handler took so far. */
export class HandlerTime {
  count = 0;

  /** Answers with a status of 500 and more. */
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

/** How often each handler ran since the process began, and how long: to be shown by telemetry. */
@Injectable()
export class HandlerTimes {
  private readonly times = new Map<unknown, HandlerTime>();

  /** @param handler the method of the controller: quicker to find than a route by its name */
  of(handler: unknown, route: () => string): HandlerTime {
    let time = this.times.get(handler);
    if (!time) this.times.set(handler, (time = new HandlerTime(route())));
    return time;
  }

  all(): HandlerTime[] {
    return [...this.times.values()];
  }
}

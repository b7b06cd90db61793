import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Distribution } from '../instrumentation/distribution';
import { type CompletedRequest, RequestCompletion } from '../instrumentation/request-completion';
import { problemKinds } from '../problems/problem-codes';

/** Cache hits take less than a millisecond; 0.2 and 0.5 s are the bounds of the objectives. */
const DURATION_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10];
const SIZE_BYTES = [100, 1000, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];
/** Limits the values of the label: clients can send any method. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** As in the semantic conventions of OpenTelemetry. */
const OTHER_METHOD = '_OTHER';

/** Completed requests: all, or those of one route and method. */
class RequestMeasurements {
  requests = 0;

  readonly seconds = new Distribution(DURATION_SECONDS);

  readonly bytes = new Distribution(SIZE_BYTES);

  // Failures start at 0: `rate()` does not see the first sample of a series that begins at 1.
  readonly statuses = new Map([500, 503, 504].map((status) => [status, 0]));

  constructor(readonly labels = { method: '', route: '' }) {}

  /** The number of responses with status 500 or above. */
  get errors(): number {
    return [...this.statuses].reduce((errors, [status, count]) => (status >= 500 ? errors + count : errors), 0);
  }

  add({ method, status, ms, request, reply }: CompletedRequest): void {
    this.requests++;
    // Without a Fastify request the duration is unknown.
    if (request) this.seconds.add(ms / 1000);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const length = reply?.getHeader('content-length');
    if (length !== undefined && method !== 'HEAD') this.bytes.add(Number(length));
  }
}

/** Measures completed requests by route and method: number, statuses, duration and size. */
@Injectable()
export class HttpMeasurements {
  readonly total = new RequestMeasurements();

  readonly recent = new RecentRate();

  /** Number of requests by problem code. */
  readonly problems = new Map<string, number>(Object.keys(problemKinds).map((code) => [code, 0]));

  private readonly byRoute = new Map<string, Map<string, RequestMeasurements>>();

  constructor(completion: RequestCompletion, host: HttpAdapterHost) {
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null; // null in commands
    adapter?.getInstance<FastifyInstance>().addHook('onRoute', ({ method, url }) => {
      // A list of methods belongs to the 405 responses of a path.
      if (typeof method === 'string') this.of(method, url);
    });
    completion.onCompleted((completed) => this.record(completed));
  }

  /** All registered routes, and the routes and methods requested otherwise. */
  get all(): RequestMeasurements[] {
    return [...this.byRoute.values()].flatMap((methods) => [...methods.values()]);
  }

  /** Routes and methods with at least one request. */
  get requested(): RequestMeasurements[] {
    return this.all.filter(({ requests }) => requests > 0);
  }

  private record(completed: CompletedRequest): void {
    const { method, route, problem } = completed;
    this.of(METHODS.has(method) ? method : OTHER_METHOD, route).add(completed);
    this.total.add(completed);
    if (problem !== undefined) this.problems.set(problem, (this.problems.get(problem) ?? 0) + 1);
    this.recent.add();
  }

  private of(method: string, route: string): RequestMeasurements {
    let methods = this.byRoute.get(route);
    if (!methods) this.byRoute.set(route, (methods = new Map<string, RequestMeasurements>()));
    let measurements = methods.get(method);
    if (!measurements) methods.set(method, (measurements = new RequestMeasurements({ method, route })));
    return measurements;
  }
}

const SECONDS = 60;

/** Counts events in slots of one second, and returns the rate of the last minute. */
export class RecentRate {
  private readonly counts = new Array<number>(SECONDS).fill(0);

  /** The second to which each count belongs. */
  private readonly seconds = new Array<number>(SECONDS).fill(-1);

  private readonly startedAt = this.now();

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  add(): void {
    const second = Math.floor(this.now() / 1000);
    const slot = second % SECONDS;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.counts[slot] = 0;
    }
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
  }

  /** Events per second in the last minute, or since the start in the first minute. */
  get perSecond(): number {
    const second = Math.floor(this.now() / 1000);
    let count = 0;
    for (const [slot, of] of this.seconds.entries()) if (of > second - SECONDS) count += this.counts[slot] ?? 0;
    return count / Math.min(SECONDS, Math.max(1, (this.now() - this.startedAt) / 1000));
  }
}

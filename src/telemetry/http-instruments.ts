import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { HandlerTimes } from '../timing/handler-times';
import { type CompletedRequest, RequestCompletion } from '../instrumentation/request-completion';
import { problemKinds } from '../problems/problem-codes';
import { SlowRequestCounts } from '../logging/slow-request';
import { Distribution } from '../instrumentation/distribution';
import { RecentRate } from './recent-rate';
import { type Labelled, Series } from './series';

/** Kept answers take less than a millisecond; 0.2 and 0.5 s are the bounds of the objectives. */
export const DURATION_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10];
const SIZE_BYTES = [100, 1000, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];
/** A label has few values: callers may invent methods. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** As in the semantic conventions of OpenTelemetry. */
const OTHER_METHOD = '_OTHER';

/** What became of the requests of one route and method. */
export class RouteReadings {
  requests = 0;

  readonly seconds = new Distribution(DURATION_SECONDS);

  readonly bytes = new Distribution(SIZE_BYTES);

  // At 0 from the start: what begins with the first failure is no rise that `rate()` could see.
  readonly statuses = new Map([500, 503, 504].map((status) => [status, 0]));

  constructor(
    readonly method: string,
    readonly route: string,
  ) {}
}

/** Requests by route, method and status: how many, how long, how large. */
@Injectable()
export class HttpInstruments {
  readonly recent = new RecentRate();

  /** Of all routes, and of what else was asked. */
  private readonly byRoute = new Map<string, Map<string, RouteReadings>>();

  private readonly problems = new Map<string, number>(Object.keys(problemKinds).map((code) => [code, 0]));

  constructor(
    series: Series,
    ends: RequestCompletion,
    handlers: HandlerTimes,
    slow: SlowRequestCounts,
    host: HttpAdapterHost,
  ) {
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null; // commands have none
    adapter?.getInstance<FastifyInstance>().addHook('onRoute', ({ method, url }) => {
      // One with many methods says of all of them that the path has none such.
      if (typeof method === 'string') this.readingsOf(method, url);
    });
    ends.onCompleted((end) => this.record(end));
    series.counter({
      name: 'mdl_http_requests_total',
      help: 'Requests that are over; status 499: the client went away first',
      read: () => this.statuses(),
    });
    series.histogram({
      name: 'mdl_http_request_duration_seconds',
      help: 'From the headers of a request to the last byte of its answer',
      read: () => this.all.map((readings) => [labelsOf(readings), readings.seconds]),
    });
    series.histogram({
      name: 'mdl_http_response_size_bytes',
      help: 'Bodies of answers that have a Content-Length',
      read: () => this.all.map((readings) => [labelsOf(readings), readings.bytes]),
    });
    series.gauge({
      name: 'mdl_http_requests_in_flight',
      help: 'Requests that are not over yet',
      read: () => ends.inFlight,
    });
    series.counter({
      name: 'mdl_http_slow_requests_total',
      help: 'Requests slower than SLOW_REQUEST_MS, by what they waited for most',
      read: () => Object.entries(slow.counts).map(([cause, count]) => [{ cause }, count]),
    });
    series.summary({
      name: 'mdl_http_handler_duration_seconds',
      help: 'Handlers that ran; kept answers run none',
      read: () => handlers.all().map(({ route, count, totalMs }) => [partsOf(route), { count, sum: totalMs / 1000 }]),
    });
    series.counter({
      name: 'mdl_http_handler_failures_total',
      help: 'Handlers that failed with a status of 500 and more',
      read: () => handlers.all().map(({ route, errors }) => [partsOf(route), errors]),
    });
    series.counter({
      name: 'mdl_problems_total',
      help: 'Requests answered with a problem, by its code (docs/errors.md)',
      read: () => [...this.problems].map(([code, count]) => [{ code }, count]),
    });
  }

  /** Every route and method that was asked. */
  get all(): RouteReadings[] {
    return this.known().filter(({ requests }) => requests > 0);
  }

  private record({ method, route, status, ms, problem, request, reply }: CompletedRequest): void {
    const readings = this.readingsOf(METHODS.has(method) ? method : OTHER_METHOD, route);
    readings.requests++;
    // How long it took is not known of what never became a request of Fastify's.
    if (request) readings.seconds.add(ms / 1000);
    readings.statuses.set(status, (readings.statuses.get(status) ?? 0) + 1);
    const length = reply?.getHeader('content-length');
    if (length !== undefined && method !== 'HEAD') readings.bytes.add(Number(length));
    if (problem !== undefined) this.problems.set(problem, (this.problems.get(problem) ?? 0) + 1);
    this.recent.add();
  }

  private known(): RouteReadings[] {
    return [...this.byRoute.values()].flatMap((methods) => [...methods.values()]);
  }

  private readingsOf(method: string, route: string): RouteReadings {
    let methods = this.byRoute.get(route);
    if (!methods) this.byRoute.set(route, (methods = new Map<string, RouteReadings>()));
    let readings = methods.get(method);
    if (!readings) methods.set(method, (readings = new RouteReadings(method, route)));
    return readings;
  }

  private *statuses(): Labelled<number> {
    for (const readings of this.known())
      for (const [status, count] of readings.statuses) yield [{ ...labelsOf(readings), status: String(status) }, count];
  }
}

const labelsOf = ({ method, route }: RouteReadings) => ({ method, route });

/** A handler is known by `GET /api/v1/metrics`. */
function partsOf(handler: string): { method: string; route: string } {
  const [method = '', route = ''] = handler.split(' ');
  return { method, route };
}

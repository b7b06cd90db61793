import type { Provider } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { RequestCompletion } from '../instrumentation/request-completion';
import { SlowRequestCounts } from '../logging/slow-request';
import { HandlerTimes } from '../timing/handler-times';
import { HttpMeasurements } from './http-measurements';
import { instrumentsOf } from './instruments';

/** Requests and handlers. */
export function httpInstruments(registry: Registry): Provider[] {
  const requests = instrumentsOf(registry, HttpMeasurements);
  const handlers = instrumentsOf(registry, HandlerTimes);
  return [
    requests.counter({
      name: 'mdl_http_requests_total',
      help: 'Completed requests; status 499: the client closed the connection first',
      labelNames: ['method', 'route', 'status'],
      read: ({ all }) =>
        all.flatMap(({ labels, statuses }) =>
          [...statuses].map(([status, count]) => [{ ...labels, status: String(status) }, count] as const),
        ),
    }),
    requests.histogram({
      name: 'mdl_http_request_duration_seconds',
      help: 'Time from the headers of the request to the last byte of the response',
      labelNames: ['method', 'route'],
      read: ({ requested }) => requested.map(({ labels, seconds }) => [labels, seconds]),
    }),
    requests.histogram({
      name: 'mdl_http_response_size_bytes',
      help: 'Size of response bodies with a Content-Length',
      labelNames: ['method', 'route'],
      read: ({ requested }) => requested.map(({ labels, bytes }) => [labels, bytes]),
    }),
    requests.counter({
      name: 'mdl_problems_total',
      help: 'Problem responses by code (docs/errors.md)',
      labelNames: ['code'],
      read: ({ problems }) => [...problems].map(([code, count]) => [{ code }, count]),
    }),
    instrumentsOf(registry, RequestCompletion).gauge({
      name: 'mdl_http_requests_in_flight',
      help: 'Requests in progress',
      read: ({ inFlight }) => inFlight,
    }),
    instrumentsOf(registry, SlowRequestCounts).counter({
      name: 'mdl_http_slow_requests_total',
      help: 'Requests slower than SLOW_REQUEST_MS, by the main cause',
      labelNames: ['cause'],
      read: ({ counts }) => Object.entries(counts).map(([cause, count]) => [{ cause }, count]),
    }),
    handlers.summary({
      name: 'mdl_http_handler_duration_seconds',
      help: 'Duration of handlers; cache hits run none',
      labelNames: ['method', 'route'],
      read: (times) =>
        times.all().map(({ route, count, totalMs }) => [labelsOf(route), { count, sum: totalMs / 1000 }]),
    }),
    handlers.counter({
      name: 'mdl_http_handler_failures_total',
      help: 'Handlers that failed with status 500 or above',
      labelNames: ['method', 'route'],
      read: (times) => times.all().map(({ route, errors }) => [labelsOf(route), errors]),
    }),
  ];
}

/** @param handler method and route, for example `GET /api/v1/metrics` */
function labelsOf(handler: string): { method: string; route: string } {
  const [method = '', route = ''] = handler.split(' ');
  return { method, route };
}

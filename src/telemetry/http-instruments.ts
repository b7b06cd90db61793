import { RequestCompletion } from '../instrumentation/request-completion';
import { SlowRequestCounts } from '../logging/slow-request';
import { HandlerTimes } from '../timing/handler-times';
import { HttpMeasurements } from './http-measurements';
import { instrumentsOf } from './instruments';

const requests = instrumentsOf(HttpMeasurements);
const handlers = instrumentsOf(HandlerTimes);

/** Requests and handlers. */
export const httpInstruments = [
  requests.counter(
    'mdl_http_requests_total',
    'Completed requests; status 499: the client closed the connection first',
    ({ all }) =>
      all.flatMap(({ labels, statuses }) =>
        [...statuses].map(([status, count]) => [{ ...labels, status: String(status) }, count] as const),
      ),
    ['method', 'route', 'status'],
  ),
  requests.histogram(
    'mdl_http_request_duration_seconds',
    'Time from the headers of the request to the last byte of the response',
    ({ requested }) => requested.map(({ labels, seconds }) => [labels, seconds]),
  ),
  requests.histogram('mdl_http_response_size_bytes', 'Size of response bodies with a Content-Length', ({ requested }) =>
    requested.map(({ labels, bytes }) => [labels, bytes]),
  ),
  requests.counter(
    'mdl_problems_total',
    'Problem responses by code (docs/errors.md)',
    ({ problems }) => [...problems].map(([code, count]) => [{ code }, count]),
    ['code'],
  ),
  instrumentsOf(RequestCompletion).gauge(
    'mdl_http_requests_in_flight',
    'Requests in progress',
    ({ inFlight }) => inFlight,
  ),
  instrumentsOf(SlowRequestCounts).counter(
    'mdl_http_slow_requests_total',
    'Requests slower than SLOW_REQUEST_MS, by the main cause',
    ({ counts }) => Object.entries(counts).map(([cause, count]) => [{ cause }, count]),
    ['cause'],
  ),
  handlers.summary('mdl_http_handler_duration_seconds', 'Duration of handlers; cache hits run none', (times) =>
    times.all().map(({ route, count, totalMs }) => [labelsOf(route), { count, sum: totalMs / 1000 }]),
  ),
  handlers.counter(
    'mdl_http_handler_failures_total',
    'Handlers that failed with status 500 or above',
    (times) => times.all().map(({ route, errors }) => [labelsOf(route), errors]),
    ['method', 'route'],
  ),
];

/** @param handler method and route, for example `GET /api/v1/metrics` */
function labelsOf(handler: string): { method: string; route: string } {
  const [method = '', route = ''] = handler.split(' ');
  return { method, route };
}

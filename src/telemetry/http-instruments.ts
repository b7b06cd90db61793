import { RequestCompletion } from '../instrumentation/request-completion';
import { SlowRequestCounts } from '../logging/slow-request';
import { HandlerTimes } from '../timing/timing.interceptor';
import { HttpMeasurements } from './http-measurements';
import { instruments, instrumentsOf } from './instruments';

const requests = instrumentsOf(HttpMeasurements);
const handlers = instrumentsOf(HandlerTimes);

/** Requests and handlers. */
export const httpInstruments = instruments({
  mdl_http_requests_total: requests.counter(
    'Completed requests; status 499: the client closed the connection first',
    ({ all }) =>
      all.flatMap(({ labels, statuses }) =>
        [...statuses].map(([status, count]) => [{ ...labels, status: String(status) }, count] as const),
      ),
    ['method', 'route', 'status'],
  ),
  mdl_problems_total: requests.counter(
    'Problem responses by code (docs/errors.md)',
    ({ problems }) => [...problems].map(([code, count]) => [{ code }, count]),
    ['code'],
  ),
  mdl_http_request_duration_seconds: requests.histogram(
    'Time from the headers of the request to the last byte of the response',
    ({ requested }) => requested.map(({ labels, seconds }) => [labels, seconds]),
  ),
  mdl_http_response_size_bytes: requests.histogram('Size of response bodies with a Content-Length', ({ requested }) =>
    requested.map(({ labels, bytes }) => [labels, bytes]),
  ),
  mdl_http_requests_in_flight: instrumentsOf(RequestCompletion).gauge(
    'Requests in progress',
    ({ inFlight }) => inFlight,
  ),
  mdl_http_slow_requests_total: instrumentsOf(SlowRequestCounts).counter(
    'Requests slower than SLOW_REQUEST_MS, by the main cause',
    ({ counts }) => Object.entries(counts).map(([cause, count]) => [{ cause }, count]),
    ['cause'],
  ),
  mdl_http_handler_duration_seconds: handlers.summary('Duration of handlers; cache hits run none', (times) =>
    times.all().map(({ route, count, totalMs }) => [labelsOf(route), { count, sum: totalMs / 1000 }]),
  ),
  mdl_http_handler_failures_total: handlers.counter(
    'Handlers that failed with status 500 or above',
    (times) => times.all().map(({ route, errors }) => [labelsOf(route), errors]),
    ['method', 'route'],
  ),
});

/** @param handler method and route, for example `GET /api/v1/metrics` */
function labelsOf(handler: string): { method: string; route: string } {
  const [method = '', route = ''] = handler.split(' ');
  return { method, route };
}

import { check } from 'k6';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import { Counter, Rate } from 'k6/metrics';

const BASE_URL = __ENV.BASE_URL ?? 'http://127.0.0.1:3000';

/** The share of cache hits among responses with the header `X-Cache`. */
const cacheHits = new Rate('cache_hits');
/** Requests without a response: refused, reset or timed out. */
const withoutResponse = new Counter('requests_without_response');
/** Requests with 429. With any, the run measures the rate limits instead of the service. */
const throttled = new Counter('requests_throttled');
const connections = new Counter('connections_opened');

/** k6 error codes from 1400 on stand for a status; lower codes mean that there was no response. */
const FIRST_STATUS_CODE = 1400;

const identity: Record<string, string> = __ENV.MDL_KEY ? { authorization: `Bearer ${__ENV.MDL_KEY}` } : {};

interface Request {
  /** The name in the results. Requests with one name should be of one kind. */
  name: string;
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** The expected statuses; 2xx by default. */
  expect?: number[];
  /** Keep the body of the response. By default it is discarded. */
  read?: boolean;
}

type Response = RefinedResponse<ResponseType | undefined>;

/** Sends a request that accepts compression. Checks the status and counts cache hits. */
export function send({ name, method = 'GET', path, headers = {}, body, expect, read = false }: Request): Response {
  const response = http.request(method, BASE_URL + path, body === undefined ? null : JSON.stringify(body), {
    headers: {
      'accept-encoding': 'br, gzip',
      ...identity,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    tags: { name },
    responseType: read ? 'text' : 'none',
    responseCallback: http.expectedStatuses(...(expect ?? [{ min: 200, max: 299 }])),
  });
  const isExpected = ({ status }: Response) => (expect ? expect.includes(status) : status >= 200 && status < 300);
  check(response, { [`${name} has the expected status`]: isExpected });
  const state = response.headers['X-Cache'];
  if (state === 'HIT' || state === 'MISS' || state === 'STALE') cacheHits.add(state === 'HIT');
  if (response.error_code > 0 && response.error_code < FIRST_STATUS_CODE) withoutResponse.add(1);
  if (response.status === 429) throttled.add(1);
  if (response.timings.connecting > 0) connections.add(1);
  return response;
}

/** The JSON body of a response to a request with `read`. */
export const bodyOf = <Body>(response: Response): Body => JSON.parse(response.body as string) as Body;

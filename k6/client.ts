import { check } from 'k6';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import { Counter, Rate } from 'k6/metrics';

const BASE_URL = __ENV.BASE_URL ?? 'http://127.0.0.1:3000';

/** Share of the answers that came from the cache, of those that could have come from it (the header `X-Cache`). */
const cacheHits = new Rate('cache_hits');
/** Requests that got no answer at all: refused, reset, timed out. */
const unanswered = new Counter('requests_unanswered');
/** Requests that met the rate limits: then the limits were measured, not the service. */
const throttled = new Counter('requests_throttled');
const connections = new Counter('connections_opened');

/** k6: no answer was received below 1400, the first of the codes that stand for a status. */
const FIRST_STATUS_CODE = 1400;

const identity: Record<string, string> = __ENV.MDL_KEY ? { authorization: `Bearer ${__ENV.MDL_KEY}` } : {};

interface Request {
  /** How it is called in the results; requests of one name should be of one kind. */
  name: string;
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** The statuses that are no failure; any of success unless given. */
  expect?: number[];
  /** Keep the body of the answer; otherwise it is received and dropped. */
  read?: boolean;
}

type Answer = RefinedResponse<ResponseType | undefined>;

/** Sends a request as a client would that understands compression, checks the status, counts the cache. */
export function send({ name, method = 'GET', path, headers = {}, body, expect, read = false }: Request): Answer {
  const answer = http.request(method, BASE_URL + path, body === undefined ? null : JSON.stringify(body), {
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
  const isExpected = ({ status }: Answer) => (expect ? expect.includes(status) : status >= 200 && status < 300);
  check(answer, { [`${name} answers as it should`]: isExpected });
  const state = answer.headers['X-Cache'];
  if (state === 'HIT' || state === 'MISS' || state === 'STALE') cacheHits.add(state === 'HIT');
  if (answer.error_code > 0 && answer.error_code < FIRST_STATUS_CODE) unanswered.add(1);
  if (answer.status === 429) throttled.add(1);
  if (answer.timings.connecting > 0) connections.add(1);
  return answer;
}

/** The body of an answer that was sent with `read`. */
export const bodyOf = <Body>(answer: Answer): Body => JSON.parse(answer.body as string) as Body;

import pino from 'pino';
import { logOptions } from './log-options';
import { type RequestLine, requestLine } from './request-log.plugin';

const TIME = ',"time":"2026-11-21T10:00:00.000Z"';
const line = (changes: Partial<RequestLine> = {}): RequestLine => ({
  request_id: 'b0a4cb04-2b8f-4f0e-9c52-3f8f1f8f3a11',
  method: 'GET',
  route: '/api/v1/metrics/:key',
  status: 200,
  duration_ms: 1.25,
  cache: 'HIT',
  problem: undefined,
  principal: 'key:0123456789ab',
  client: '192.0.2.1',
  ...changes,
});

describe('requestLine', () => {
  it.each([
    ['a request', line()],
    ['a request without a cache state', line({ cache: undefined, status: 503, duration_ms: 0 })],
    ['a request without a client address', line({ client: undefined })],
    ['a refused request', line({ status: 429, problem: 'rate_limited', principal: undefined })],
    ['a subject of an identity provider', line({ principal: 'idp:auth0|"x"' })],
    ['a traced request', line({ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' })],
    ['IPv6', line({ client: '2001:db8::1%eth0' })],
    ['characters that need escaping', line({ client: 'a "b"\\\n\u0000\u2028ü', method: 'M-SEARCH', route: '*' })],
  ])('equals the line of pino: %s', (_, request) => {
    const written: string[] = [];
    const options = { ...logOptions({ LOG_LEVEL: 'info', LOG_PRETTY: false }), timestamp: () => TIME };
    pino(options, { write: (one) => written.push(one) }).info(request, 'request');
    expect(JSON.parse(requestLine('info', TIME, request))).toEqual(JSON.parse(written[0] ?? ''));
    expect(requestLine('info', TIME, request).indexOf('\n')).toBe(requestLine('info', TIME, request).length - 1);
  });
});

import { createHistogram } from 'node:perf_hooks';
import autocannon, { type Request, type Result } from 'autocannon';
import { Failure } from '../dev/script.ts';
import { cpuTime } from './process-usage.ts';
import type { Side } from './sides.ts';

/** The request of a load. `next` returns the path or body of each single request. */
export interface LoadRequest {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  next?: () => { path?: string; body?: string };
  /** The expected status of every response. */
  status: number;
}

export interface Intensity {
  connections: number;
  /** The duration. Not used with `amount`. */
  seconds?: number;
  amount?: number;
  /** Requests per second over all connections; unlimited by default. */
  rate?: number;
}

/** The measurements of one server under load. Latencies are in milliseconds. */
export interface Reading {
  requestsPerSecond: number;
  p50: number;
  p95: number;
  p99: number;
  bytesPerSecond: number;
  /** CPU time of the server process per request in microseconds, without PostgreSQL. */
  cpuPerRequest: number;
  /** The share of responses with `X-Cache: HIT`; null for a server without that header. */
  hitRate: number | null;
}

/**
 * Sends requests to a server. Latencies are recorded for each response, because the histogram of autocannon has whole
 * milliseconds and no p95.
 *
 * @throws Failure for an unexpected status, an error or a timeout
 */
export async function load(side: Side, request: LoadRequest, intensity: Intensity): Promise<Reading> {
  const microseconds = createHistogram();
  let hits = 0;
  let responses = 0;
  const { connections, seconds, amount, rate } = intensity;
  const cpuBefore = cpuTime(side.pid);
  const start = performance.now();
  const run = autocannon({
    url: side.address,
    connections,
    sampleInt: 100,
    ...(seconds !== undefined && { duration: seconds }),
    ...(amount !== undefined && { amount }),
    ...(rate !== undefined && { overallRate: rate }),
    requests: [requestFor(request)],
    setupClient: (client) => {
      // By default autocannon decodes every body, which costs more CPU time than the server needs to send it.
      client.pipelinedRequests.addBody = () => undefined;
      client.on('headers', ({ headers }: { headers: string[] }) => {
        const position = headers.indexOf('x-cache');
        if (position === -1) return;
        responses++;
        if (headers[position + 1] === 'HIT') hits++;
      });
    },
  });
  run.on('response', (_client: unknown, _status: number, _bytes: number, milliseconds: number) =>
    microseconds.record(Math.max(1, Math.round(milliseconds * 1000))),
  );
  const result = await run;
  const elapsed = (performance.now() - start) / 1000;
  requireSuccess(result, side, request);
  const percentile = (share: number) => microseconds.percentile(share) / 1000;
  return {
    requestsPerSecond: result.requests.total / elapsed,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    bytesPerSecond: result.throughput.total / elapsed,
    cpuPerRequest: ((cpuTime(side.pid) - cpuBefore) * 1000) / result.requests.total,
    hitRate: responses === 0 ? null : hits / responses,
  };
}

function requestFor({ path, method = 'GET', headers = {}, next }: LoadRequest): Request {
  const request = { path, method, headers };
  return next ? { ...request, setupRequest: (prepared) => ({ ...prepared, ...next() }) } : request;
}

function requireSuccess(result: Result, side: Side, { method = 'GET', path, status }: LoadRequest): void {
  const { errors, timeouts, requests, statusCodeStats } = result;
  const others = Object.keys(statusCodeStats).filter((code) => code !== String(status));
  if (errors + timeouts + others.length === 0 && requests.total > 0) return;
  throw new Failure(
    `${method} ${side.address}${path}: ${requests.total} responses, ${errors} errors, ${timeouts} timeouts` +
      (others.length > 0 ? `; status ${others.join(', ')} instead of ${status}` : ''),
  );
}

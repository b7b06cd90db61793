import { createHistogram } from 'node:perf_hooks';
import autocannon, { type Request, type Result } from 'autocannon';
import { Failure } from '../dev/script.ts';
import { cpuTime } from './process-usage.ts';
import type { Side } from './sides.ts';

/** What is asked, over and over; `next` gives each request a path or body of its own. */
export interface Question {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  next?: () => { path?: string; body?: string };
  /** The status that every answer must have. */
  status: number;
}

export interface Intensity {
  connections: number;
  /** How long; unless `amount` says how many requests. */
  seconds?: number;
  amount?: number;
  /** Requests a second over all connections; as many as it gets unless given. */
  rate?: number;
}

/** What one side did while it was asked. Latencies in milliseconds. */
export interface Reading {
  requestsPerSecond: number;
  p50: number;
  p95: number;
  p99: number;
  bytesPerSecond: number;
  /** CPU time of the side's process for each request, in microseconds; PostgreSQL's is not in it. */
  cpuPerRequest: number;
  /** Share of the answers marked `X-Cache: HIT`; null where there is no such header. */
  hitRate: number | null;
}

/**
 * Asks a side as fast as it answers. The latencies are taken from each answer: autocannon's own histogram holds whole
 * milliseconds and no p95.
 *
 * @throws Failure on any other status than the expected one, on errors and time-outs
 */
export async function load(side: Side, question: Question, intensity: Intensity): Promise<Reading> {
  const microseconds = createHistogram();
  let hits = 0;
  let marked = 0;
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
    requests: [requestFor(question)],
    setupClient: (client) => {
      // It would make a string of every body, which costs more than a fast server spends on sending it.
      client.pipelinedRequests.addBody = () => undefined;
      client.on('headers', ({ headers }: { headers: string[] }) => {
        const position = headers.indexOf('x-cache');
        if (position === -1) return;
        marked++;
        if (headers[position + 1] === 'HIT') hits++;
      });
    },
  });
  run.on('response', (_client: unknown, _status: number, _bytes: number, milliseconds: number) =>
    microseconds.record(Math.max(1, Math.round(milliseconds * 1000))),
  );
  const result = await run;
  const elapsed = (performance.now() - start) / 1000;
  refuseFailures(result, side, question);
  const percentile = (share: number) => microseconds.percentile(share) / 1000;
  return {
    requestsPerSecond: result.requests.total / elapsed,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    bytesPerSecond: result.throughput.total / elapsed,
    cpuPerRequest: ((cpuTime(side.pid) - cpuBefore) * 1000) / result.requests.total,
    hitRate: marked === 0 ? null : hits / marked,
  };
}

function requestFor({ path, method = 'GET', headers = {}, next }: Question): Request {
  const request = { path, method, headers };
  return next ? { ...request, setupRequest: (prepared) => ({ ...prepared, ...next() }) } : request;
}

function refuseFailures(result: Result, side: Side, { method = 'GET', path, status }: Question): void {
  const { errors, timeouts, requests, statusCodeStats } = result;
  const others = Object.keys(statusCodeStats).filter((code) => code !== String(status));
  if (errors + timeouts + others.length === 0 && requests.total > 0) return;
  throw new Failure(
    `${method} ${side.address}${path}: ${requests.total} answers, ${errors} errors, ${timeouts} time-outs` +
      (others.length > 0 ? `; not ${status} but ${others.join(', ')}` : ''),
  );
}

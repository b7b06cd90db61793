import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTime } from '../process-usage.ts';
import type { Side } from '../sides.ts';

/** A client within its limits. */
interface Client {
  key: string;
  /** The key of a metric of its own. */
  metric: string;
}

/** What normal clients experienced. Latencies in milliseconds. */
export interface Experience {
  p50: number;
  p95: number;
  requests: number;
  /** The CPU time of the service, as a share of a core. */
  cpu: number;
  /** Requests that did not succeed, by their kind and status; 0 for none within the timeout. */
  failures: Record<string, number>;
  /** Probes of readiness, how many were not 200, and the slowest. */
  probes: number;
  unready: number;
  slowestProbe: number;
}

interface VictimRequest {
  kind: string;
  path: string;
  method?: string;
  body?: string;
}

/** Below the limit of 600 requests a minute. */
const EVERY_MS = 125;
const PROBE_EVERY_MS = 500;
const TIMEOUT_MS = 10_000;

let count = 0;

/** The requests of a normal client in turns: mostly reads, one write in eight and an export every five seconds. */
function nextRequest({ metric }: Client): VictimRequest {
  const turn = count++;
  const item = `/api/v1/metrics/${metric}`;
  const cached = { kind: 'cached list', path: '/api/v1/domains?limit=20' };
  const requests: VictimRequest[] = [
    cached,
    { kind: 'item', path: item },
    { kind: 'list', path: `/api/v1/metrics?limit=20&page=${1 + (turn % 40)}` },
    cached,
    { kind: 'write', path: item, method: 'PATCH', body: JSON.stringify({ description: `Text number ${turn}.` }) },
    { kind: 'filtered list', path: `/api/v1/metrics?category=financial&limit=${1 + (turn % 50)}` },
    { kind: 'item', path: item },
    turn % 40 === 7 ? { kind: 'export', path: '/api/v1/domains/export' } : cached,
  ];
  return requests[turn % requests.length] ?? cached;
}

/** Runs normal clients for some seconds: each sends at a fixed rate, whether or not earlier requests have returned. */
export async function experience({ address, pid }: Side, clients: Client[], seconds: number): Promise<Experience> {
  const latencies = createHistogram();
  const result: Experience = {
    p50: 0,
    p95: 0,
    requests: 0,
    cpu: 0,
    failures: {},
    probes: 0,
    unready: 0,
    slowestProbe: 0,
  };
  const before = { at: performance.now(), cpu: cpuTime(pid) };
  const pending: Promise<void>[] = [];
  const fail = (reason: string) => (result.failures[reason] = (result.failures[reason] ?? 0) + 1);
  const request = async (client: Client) => {
    const { kind, path, method = 'GET', body } = nextRequest(client);
    const start = performance.now();
    const status = await statusOf(address + path, client.key, method, body);
    latencies.record(Math.max(1, Math.round((performance.now() - start) * 1000)));
    if (status !== 200) fail(`${kind} ${status}`);
  };
  const probe = async () => {
    const start = performance.now();
    const status = await statusOf(`${address}/health/ready`);
    result.probes++;
    if (status !== 200) {
      result.unready++;
      fail(`readiness ${status}`);
    }
    result.slowestProbe = Math.max(result.slowestProbe, performance.now() - start);
  };
  const end = performance.now() + seconds * 1000;
  const atInterval = async (everyMs: number, delayMs: number, work: () => Promise<void>) => {
    for (let at = performance.now() + delayMs; at < end; at += everyMs) {
      await sleep(Math.max(0, at - performance.now()));
      pending.push(work());
    }
  };
  await Promise.all([
    ...clients.map((client, index) => atInterval(EVERY_MS, (index * EVERY_MS) / clients.length, () => request(client))),
    atInterval(PROBE_EVERY_MS, 0, probe),
  ]);
  await Promise.all(pending);
  result.p50 = latencies.percentile(50) / 1000;
  result.p95 = latencies.percentile(95) / 1000;
  result.requests = latencies.count;
  result.cpu = (cpuTime(pid) - before.cpu) / (performance.now() - before.at);
  return result;
}

/** @returns the status once the whole response was received; 0 without one */
async function statusOf(url: string, key?: string, method = 'GET', body?: string): Promise<number> {
  const headers = {
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && { 'content-type': 'application/merge-patch+json' }),
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse } from '../consistency/http-client.ts';
import type { Instance } from '../consistency/instances.ts';

const METRICS = '/api/v1/metrics';
const HELD = `${METRICS}/held`;
const PAUSE_MS = 50;
/** Consecutive good responses after which a probe has recovered. */
const ENOUGH = 10;

interface Probe {
  name: string;
  send: (instance: Instance, turn: number) => Promise<HttpResponse>;
  /** Whether a response is one of a service without faults. */
  isGood: (response: HttpResponse) => boolean;
}

const isFresh = ({ status, headers }: HttpResponse) => status === 200 && headers['x-cache'] !== 'STALE';

const PROBES: Probe[] = [
  { name: 'cached read', send: (instance) => instance.send('GET', HELD), isGood: isFresh },
  {
    name: 'other read',
    send: (instance) => instance.send('GET', `${METRICS}?owner=${randomUUID()}`),
    isGood: isFresh,
  },
  {
    name: 'write',
    send: (instance, turn) => instance.send('PATCH', HELD, {}, { extra: { turn } }),
    isGood: ({ status }) => status === 200,
  },
  {
    name: 'readiness',
    send: (instance) => instance.send('GET', '/health/ready'),
    isGood: ({ status, text }) => status === 200 && !text.includes('"degraded":true'),
  },
];

export interface Observed {
  /** The responses during the fault by probe, such as `503 database_unavailable`, with their number. */
  seen: Record<string, Record<string, number>>;
  /** The longest wait for a response, in milliseconds. */
  slowestMs: number;
  /** The time from the end of the cause until all responses are good again; undefined if that takes too long. */
  recoveredMs: number | undefined;
}

const nothing = (): Observed => ({
  seen: Object.fromEntries(PROBES.map(({ name }) => [name, {}])),
  slowestMs: 0,
  recoveredMs: undefined,
});

/** Clients that each send one request after another to an instance, from before a fault until after its recovery. */
export class Probes {
  /** The document that is read and written. */
  static readonly body = { metric_id: 'held', name: 'Held' };

  /** Since the start or the last `reset`. */
  observed: Observed = nothing();

  private readonly instance: Instance;
  private readonly ending = new AbortController();
  private readonly clients: Promise<void>[];
  /** When each probe had its first good response after its last bad one, and the number of good ones since. */
  private readonly good = new Map<Probe, { since: number; count: number }>();
  /** Requests that were sent before do not show a recovery. */
  private from = 0;

  constructor(instance: Instance) {
    this.instance = instance;
    this.clients = PROBES.map((probe) => this.repeat(probe));
  }

  /** Waits until all probes get good responses to requests that they send from now on. */
  async recovered(withinMs: number): Promise<void> {
    this.from = performance.now();
    this.good.clear();
    while (performance.now() < this.from + withinMs) {
      await sleep(20);
      const all = PROBES.map((probe) => this.good.get(probe)).filter((good) => good && good.count >= ENOUGH);
      if (all.length < PROBES.length) continue;
      this.observed.recoveredMs = Math.max(...all.map((good) => (good?.since ?? 0) - this.from));
      return;
    }
  }

  /** Forgets what was observed before a fault. */
  reset(): void {
    this.observed = nothing();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.clients);
  }

  private async repeat(probe: Probe): Promise<void> {
    const { signal } = this.ending;
    for (let turn = 0; !signal.aborted; turn++) {
      const sent = performance.now();
      const response = await probe.send(this.instance, turn).catch((error: NodeJS.ErrnoException) => error);
      const received = performance.now();
      this.observed.slowestMs = Math.max(this.observed.slowestMs, received - sent);
      this.count(probe, response);
      if (response instanceof Error || !probe.isGood(response)) this.good.delete(probe);
      else if (sent >= this.from) {
        const good = this.good.get(probe) ?? { since: received, count: 0 };
        good.count++;
        this.good.set(probe, good);
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private count({ name }: Probe, response: HttpResponse | NodeJS.ErrnoException): void {
    const seen = (this.observed.seen[name] ??= {});
    const what = describe(response);
    seen[what] = (seen[what] ?? 0) + 1;
  }
}

function describe(response: HttpResponse | NodeJS.ErrnoException): string {
  if (response instanceof Error) return response.code ?? response.message;
  const { status, headers, text } = response;
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  if (status !== 200) return [status, code].filter(Boolean).join(' ');
  if (headers['x-cache'] === 'STALE') return '200 stale';
  return text.includes('"degraded":true') ? '200 degraded' : '200';
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Documents } from './documents.ts';
import type { Figures } from './figures.ts';
import type { HttpResponse } from './http-client.ts';
import type { Instance } from './instances.ts';
import type { Ledger, Observation } from './ledger.ts';
import { finalReadRequests, randomReadRequest, type ReadRequest } from './read-requests.ts';

/** Maximum number of paths whose ETags are stored for conditional requests. */
const MAX_PATHS = 2000;
const MAX_STALE_AGE_S = 300;
/** Expected while instances are killed and the database is unavailable. */
const EXPLAINED_BY_FAULTS = [503, 504];

interface KnownResponse {
  etag: string;
  observations: Observation[];
}

/** Readers that send one request after another to random instances and judge each response. */
export class Readers {
  private isStopping = false;
  private readonly known = new Map<string, KnownResponse[]>();
  private readonly documents: Documents;
  private readonly ledger: Ledger;
  private readonly instances: readonly Instance[];
  private readonly figures: Figures;

  constructor(documents: Documents, ledger: Ledger, instances: readonly Instance[], figures: Figures) {
    this.documents = documents;
    this.ledger = ledger;
    this.instances = instances;
    this.figures = figures;
  }

  /** Reads until `stop`. */
  async run(readers: number): Promise<void> {
    const reader = async (): Promise<void> => {
      while (!this.isStopping) {
        const available = this.instances.filter(({ isAvailable }) => isAvailable);
        const instance = available[Math.floor(Math.random() * available.length)];
        if (instance) await this.send(instance, randomReadRequest(this.documents));
        else await sleep(5);
      }
    };
    await Promise.all(Array.from({ length: readers }, reader));
  }

  stop(): void {
    this.isStopping = true;
  }

  /** Reads every document from each instance, after the run. */
  async readAll(): Promise<void> {
    for (const instance of this.instances)
      for (const request of finalReadRequests(this.documents)) await this.send(instance, request);
  }

  private async send(instance: Instance, request: ReadRequest): Promise<void> {
    const known = this.known.get(request.path);
    const condition = known && Math.random() < 0.4 ? known[Math.floor(Math.random() * known.length)] : undefined;
    const encoding = Math.random();
    const headers = {
      ...(condition && { 'if-none-match': condition.etag }),
      ...(encoding < 0.25 ? { 'accept-encoding': 'br, gzip' } : encoding < 0.4 && { 'accept-encoding': 'gzip' }),
    };
    const sent = this.ledger.order.next();
    let response: HttpResponse;
    try {
      response = await instance.send('GET', request.path, headers);
    } catch (error) {
      this.figures.failures.add(`read ${(error as NodeJS.ErrnoException).code ?? 'connection lost'}`);
      return sleep(5);
    }
    const observations = this.observationsOf(instance, response, request, condition);
    if (!observations) return;
    this.count(response, request, observations);
    // A stale response must contain what was written before its age.
    const isStale = response.headers['x-cache'] === 'STALE';
    const moment = isStale ? sent - this.ageOf(response, request) * 1000 : sent;
    this.judge(instance, request, response, observations, moment);
  }

  private observationsOf(
    instance: Instance,
    response: HttpResponse,
    { path, read, readMissing }: ReadRequest,
    condition: KnownResponse | undefined,
  ): Observation[] | undefined {
    const { status, headers } = response;
    if (status === 200) {
      const observations = read(response);
      if (headers.etag !== undefined) this.remember(path, { etag: headers.etag, observations });
      return observations;
    }
    if (status === 304 && condition) return condition.observations;
    if (status === 404 && readMissing) return readMissing();
    if (EXPLAINED_BY_FAULTS.includes(status)) this.figures.failures.add(`read ${status}`);
    else this.figures.violate('unexpected', `GET ${path} returned ${status}: ${instance.logOf(response)}`);
    return undefined;
  }

  private count({ status, headers }: HttpResponse, { kind }: ReadRequest, observations: Observation[]): void {
    const { reads, cache, responses } = this.figures;
    reads.add(kind);
    cache.add(headers['x-cache'] ?? 'none');
    if (status === 304) responses.add('not modified');
    else responses.add(headers['content-encoding'] === undefined ? 'whole' : 'compressed');
    this.figures.values += observations.length;
  }

  /** Seconds since a stale response was last known to be current. */
  private ageOf({ headers }: HttpResponse, { path }: ReadRequest): number {
    this.figures.responses.add('marked STALE');
    const age = Number(headers.age ?? NaN);
    if (age >= 0 && age <= MAX_STALE_AGE_S) return age;
    this.figures.violate('unexpected', `GET ${path}: X-Cache: STALE with Age: ${headers.age ?? 'none'}`);
    return Infinity;
  }

  private judge(
    instance: Instance,
    { path }: ReadRequest,
    { status, headers }: HttpResponse,
    observations: Observation[],
    moment: number,
  ): void {
    for (const observation of observations) {
      const verdict = observation.register.judge(observation, moment);
      if (verdict === 'fresh') continue;
      const details = `${status}, X-Cache: ${headers['x-cache'] ?? 'none'}, Age: ${headers.age ?? 'none'}, ETag: ${headers.etag ?? 'none'}`;
      const before = observation.register.acknowledgedBefore(moment);
      this.figures.violate(
        verdict,
        `${instance.name} GET ${path} (${details}): ${observation.description}; was ${before}`,
      );
    }
  }

  private remember(path: string, response: KnownResponse): void {
    const known = this.known.get(path) ?? [];
    // The last three, so that outdated ETags are sent too.
    known.unshift(response);
    known.length = Math.min(known.length, 3);
    this.known.delete(path);
    this.known.set(path, known);
    if (this.known.size > MAX_PATHS)
      for (const oldest of [...this.known.keys()].slice(0, MAX_PATHS / 10)) this.known.delete(oldest);
  }
}

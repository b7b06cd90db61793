import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../consistency/figures.ts';
import type { HttpResponse } from '../consistency/http-client.ts';
import type { Counter, RecordedWrite, WriteLedger } from './write-ledger.ts';

/** Sends a request to any instance. @throws the error of a connection that is lost */
export type Send = (
  method: string,
  path: string,
  headers?: Record<string, string>,
  body?: unknown,
) => Promise<HttpResponse>;

const METRICS = '/api/v1/metrics';
const ITEMS_PER_BULK = 5;
/** Pause after a failure, as a client would make. */
const BACK_OFF_MS = 50;

const isSuccess = (status: number) => status >= 200 && status < 300;
const codeOf = ({ text }: HttpResponse) => (JSON.parse(text) as { code?: string }).code ?? '';
const random = (below: number) => Math.floor(Math.random() * below);

/** Clients that write and read continuously, whatever happens to the service, and record what they received. */
export class Load {
  private readonly send: Send;
  private readonly ledger: WriteLedger;
  private readonly figures: Figures;
  private readonly ending = new AbortController();
  /** Keys of acknowledged documents, each with its mark, until they have been read. */
  private readonly unread: { key: string; mark: string }[] = [];

  constructor(send: Send, ledger: WriteLedger, figures: Figures) {
    this.send = send;
    this.ledger = ledger;
    this.figures = figures;
  }

  /** Creates the counters. */
  async prepare(): Promise<void> {
    for (const { key } of this.ledger.counters) {
      const response = await this.send('POST', METRICS, {}, { metric_id: key, name: key, extra: { counter: 0 } });
      if (!isSuccess(response.status)) throw new Error(`POST ${key} returned ${response.status}: ${response.text}`);
    }
  }

  /**
   * Runs the clients until `stop`.
   *
   * @param width the number of clients of each kind
   * @param pauseMs mean pause of each client between two requests
   */
  async run(width: number, pauseMs: number): Promise<void> {
    const clients = [
      () => this.createWithOwnKey(),
      () => this.createWithIdempotencyKey(),
      () => this.createInBulk(),
      () => this.count(),
      () => this.readCounter(),
      () => this.readDocument(),
    ];
    const { signal } = this.ending;
    const repeat = async (request: () => Promise<unknown>) => {
      while (!signal.aborted) {
        await request();
        await sleep(Math.random() * 2 * pauseMs, undefined, { signal }).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: width }, () => clients.map(repeat)).flat());
  }

  stop(): void {
    this.ending.abort();
  }

  /** The key of the document makes the repetition safe: 409 means that an earlier attempt succeeded. */
  private async createWithOwnKey(): Promise<void> {
    const write = this.ledger.begin('create with a key of its own');
    const [mark = ''] = write.marks;
    const body = { metric_id: `own-${mark}`, name: 'Own key', extra: { mark } };
    await this.repeat(write, METRICS, {}, body, (code) => code === 'already_exists');
    this.unread.push({ key: body.metric_id, mark });
  }

  /** The service chooses the key of the document: only Idempotency-Key makes the repetition safe. */
  private async createWithIdempotencyKey(): Promise<void> {
    const write = this.ledger.begin('create with Idempotency-Key');
    const [mark = ''] = write.marks;
    const body = { name: 'Idempotent', extra: { mark } };
    const response = await this.repeat(write, METRICS, { 'idempotency-key': mark }, body);
    if (!response) return;
    this.unread.push({ key: (JSON.parse(response.text) as { metric_id: string }).metric_id, mark });
  }

  private async createInBulk(): Promise<void> {
    const write = this.ledger.begin('atomic bulk with Idempotency-Key', { documents: ITEMS_PER_BULK });
    const items = write.marks.map((mark) => ({ name: 'Bulk', extra: { mark } }));
    await this.repeat(write, `${METRICS}/bulk`, { 'idempotency-key': write.marks[0] ?? '' }, { items });
  }

  /** Raises a counter that several clients raise. It is not repeated: after a lost response the outcome stays unknown. */
  private async count(): Promise<void> {
    const counter = this.anyCounter();
    const current = await this.readCounter(counter);
    if (!current) return;
    const write = this.ledger.begin('counter with If-Match', { creates: false });
    const extra = { counter: current.value + 1, mark: write.marks[0] };
    const response = await this.attempt('PATCH', `${METRICS}/${counter.key}`, { 'if-match': current.etag }, { extra });
    if (!response) return;
    if (isSuccess(response.status)) {
      counter.known = Math.max(counter.known, extra.counter);
      this.acknowledge(write);
    } else if (response.status === 412) this.ledger.settle(write, 'refused');
    else this.refuse(write, response);
  }

  private async readCounter(counter = this.anyCounter()): Promise<{ value: number; etag: string } | undefined> {
    const { known } = counter;
    const response = await this.attempt('GET', `${METRICS}/${counter.key}`);
    if (response?.status !== 200) {
      if (response) this.figures.violate('lost', `GET ${counter.key} returned ${response.status}: ${response.text}`);
      return undefined;
    }
    const value = (JSON.parse(response.text) as { extra: { counter: number } }).extra.counter;
    // A response that says so may be stale while the database is unavailable.
    const isStale = response.headers['x-cache'] === 'STALE';
    if (!isStale && value < known) this.figures.violate('stale', `${counter.key} is ${value}, and was ${known} before`);
    this.countRead('counter', response);
    counter.known = Math.max(counter.known, value);
    return isStale ? undefined : { value, etag: response.headers.etag ?? '' };
  }

  private async readDocument(): Promise<void> {
    const next = this.unread.shift();
    if (!next) return;
    const response = await this.attempt('GET', `${METRICS}/${next.key}`);
    if (!response) return;
    if (response.status !== 200 || !response.text.includes(next.mark))
      this.figures.violate('lost', `GET ${next.key} returned ${response.status} after its write was acknowledged`);
    this.countRead('document after its write', response);
  }

  private countRead(kind: string, { headers }: HttpResponse): void {
    this.figures.reads.add(kind);
    this.figures.values++;
    this.figures.cache.add(headers['x-cache'] ?? 'none');
  }

  /**
   * Sends a POST until it gets a response that is no 5xx. @returns it if it is a success of this attempt
   *
   * @param happened whether the code of a refusal shows that an earlier attempt succeeded
   */
  private async repeat(
    write: RecordedWrite,
    path: string,
    headers: Record<string, string>,
    body: unknown,
    happened: (code: string) => boolean = () => false,
  ): Promise<HttpResponse | undefined> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.attempt('POST', path, headers, body);
      // The end of a run leaves the outcome unknown.
      if (!response && this.ending.signal.aborted) return undefined;
      if (!response) continue;
      if (isSuccess(response.status) || (attempt > 1 && happened(codeOf(response)))) {
        this.acknowledge(write);
        return isSuccess(response.status) ? response : undefined;
      }
      if (codeOf(response) !== 'idempotency_in_progress') {
        this.refuse(write, response);
        return undefined;
      }
      await sleep(BACK_OFF_MS);
    }
  }

  /** Sends one request. @returns undefined without a response and for a 5xx, which only a fault may cause */
  private async attempt(...[method, path, headers, body]: Parameters<Send>): Promise<HttpResponse | undefined> {
    const kind = method === 'GET' ? 'read' : 'write';
    try {
      const response = await this.send(method, path, headers, body);
      if (response.status < 500) return response;
      if (response.status === 500)
        this.figures.violate('unexpected', `${method} ${path} returned 500: ${response.text}`);
      this.figures.failures.add(`${kind} ${response.status}`);
    } catch (error) {
      this.figures.failures.add(`${kind} ${(error as NodeJS.ErrnoException).code ?? 'connection lost'}`);
    }
    await sleep(BACK_OFF_MS);
    return undefined;
  }

  private acknowledge(write: RecordedWrite): void {
    this.ledger.settle(write, 'acknowledged');
    this.figures.writes.add(write.kind);
  }

  private refuse(write: RecordedWrite, { status, text }: HttpResponse): void {
    this.ledger.settle(write, 'refused');
    this.figures.violate('unexpected', `${write.kind} returned ${status}: ${text.slice(0, 300)}`);
  }

  private anyCounter(): Counter {
    const { counters } = this.ledger;
    const counter = counters[random(counters.length)];
    if (!counter) throw new Error('There is no counter.');
    return counter;
  }
}

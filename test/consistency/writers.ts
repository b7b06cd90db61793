import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import {
  checkedInObjective,
  countingMetric,
  type Documents,
  movingMetric,
  passingMetric,
  type Subject,
  tierOf,
} from './documents.ts';
import type { Figures } from './figures.ts';
import type { HttpResponse } from './http-client.ts';
import type { Instance } from './instances.ts';
import type { Ledger, Register, Value, Write } from './ledger.ts';

type Changes = readonly (readonly [Register, Value])[];

interface Request {
  method: string;
  path: string;
  body?: unknown;
}

/** A revision of an acknowledged write. */
export interface AcknowledgedRevision {
  subject: Subject;
  version: number;
}

const random = (below: number) => Math.floor(Math.random() * below);
const isSuccess = (response: HttpResponse | undefined) =>
  response !== undefined && response.status >= 200 && response.status < 300;

/**
 * One writer for each document, through a random instance or by SQL. After a lost response the writer finds out whether
 * the write happened before it continues, so that the ledger has every value that was ever written.
 */
export class Writers {
  readonly revisions: AcknowledgedRevision[] = [];

  private readonly ending = new AbortController();
  private readonly documents: Documents;
  private readonly ledger: Ledger;
  private readonly instances: readonly Instance[];
  private readonly database: pg.Pool;
  private readonly figures: Figures;

  constructor(
    documents: Documents,
    ledger: Ledger,
    instances: readonly Instance[],
    database: pg.Pool,
    figures: Figures,
  ) {
    this.documents = documents;
    this.ledger = ledger;
    this.instances = instances;
    this.database = database;
    this.figures = figures;
  }

  /** Creates the initial documents. */
  async prepare(): Promise<void> {
    const { counting, moving, checkedIn } = this.documents;
    const post = async (path: string, body: unknown) => {
      const response = await this.anyInstance().send('POST', path, {}, body);
      if (!isSuccess(response)) throw new Error(`POST ${path} returned ${response.status}: ${response.text}`);
    };
    for (const key of ['east', 'west', 'pond'])
      await post('/api/v1/domains', { domain_id: key, name: `Domain ${key}` });
    await post('/api/v1/domains', { domain_id: 'steady', name: 'Domain steady', extra: { counter: 0 } });
    await post('/api/v1/domains', { domain_id: 'branch', name: 'Domain branch', parent: 'east' });
    await post('/api/v1/metrics', { metric_id: 'leaf', name: 'Metric leaf', business_domain: 'branch' });
    for (const { key } of counting) await post('/api/v1/metrics', countingMetric(key, 0));
    for (const { key } of moving) await post('/api/v1/metrics', movingMetric(key, 'east'));
    for (const { key } of checkedIn) await post('/api/v1/objectives', checkedInObjective(key, 0));
  }

  /**
   * Writes until `stop`.
   *
   * @param pauseMs mean pause of each writer between two writes
   */
  async run(pauseMs: number): Promise<void> {
    const repeatedly = async (work: () => Promise<unknown>): Promise<void> => {
      const { signal } = this.ending;
      for (;;) {
        await sleep(-Math.log(1 - Math.random()) * pauseMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        await work();
      }
    };
    const { counting, moving, checkedIn, branch, described } = this.documents;
    await Promise.all([
      ...counting.map((subject) => repeatedly(() => this.count(subject))),
      ...checkedIn.map((subject) => repeatedly(() => this.checkIn(subject))),
      // Each move changes the counts of both domains, so one writer does all moves.
      repeatedly(() => this.move(moving[random(moving.length)])),
      repeatedly(() => this.createAndDelete()),
      repeatedly(() => this.moveBranch(branch)),
      repeatedly(() => this.describe(described)),
    ]);
  }

  stop(): void {
    this.ending.abort();
  }

  private async count(subject: Subject): Promise<void> {
    const { key, content } = subject;
    const counter = Number(content.value) + 1;
    const changes: Changes = [[content, counter]];
    const path = `/api/v1/metrics/${key}`;
    const chance = Math.random();
    if (chance < 0.45) {
      const body = { tier: tierOf(counter), extra: { counter } };
      await this.byApi('PATCH', subject, { method: 'PATCH', path, body }, changes);
    } else if (chance < 0.55) {
      await this.byApi('PUT', subject, { method: 'PUT', path, body: countingMetric(key, counter) }, changes);
    } else if (chance < 0.62) {
      const body = { items: [countingMetric(key, counter)] };
      await this.repeated('bulk', subject, { method: 'POST', path: '/api/v1/metrics/bulk?mode=upsert', body }, changes);
    } else if (chance < 0.7) {
      await this.deleteAndRestore(subject, [[content, undefined]], [[content, content.value]]);
    } else {
      const set = `data = jsonb_set(data || jsonb_build_object('tier', $2::text), '{extra,counter}', to_jsonb($3::int))`;
      await this.bySql(subject, set, [tierOf(counter), counter], changes);
    }
  }

  private async checkIn(subject: Subject): Promise<void> {
    const { key, content } = subject;
    const counter = Number(content.value) + 1;
    const changes: Changes = [[content, counter]];
    if (Math.random() < 0.6) {
      const path = `/api/v1/objectives/${key}/key-results/KR-1`;
      await this.byApi('check-in', subject, { method: 'PATCH', path, body: { current: counter } }, changes);
    } else {
      await this.bySql(
        subject,
        `data = jsonb_set(data, '{key_results,0,current}', to_jsonb($2::int))`,
        [counter],
        changes,
      );
    }
  }

  private async move(subject: Subject | undefined): Promise<void> {
    if (!subject) return;
    const { east, west } = this.documents.populations;
    const [from, to, target] = subject.content.value === 'east' ? [east, west, 'west'] : [west, east, 'east'];
    const changes: Changes = [
      [subject.content, target],
      [from, Number(from.value) - 1],
      [to, Number(to.value) + 1],
    ];
    if (Math.random() < 0.7) {
      const body = { business_domain: target };
      const path = `/api/v1/metrics/${subject.key}`;
      await this.byApi('move', subject, { method: 'PATCH', path, body }, changes);
    } else {
      const set = `data = jsonb_set(data, '{business_domain}', to_jsonb($2::text)), domain_id = (SELECT id FROM domains WHERE key = $2)`;
      await this.bySql(subject, set, [target], changes);
    }
  }

  private async createAndDelete(): Promise<void> {
    const subject = this.documents.passing.at(-1);
    if (!subject) return;
    const { key, content } = subject;
    const { pond } = this.documents.populations;
    const absent = () => [[content, undefined] as const, [pond, Number(pond.value) - 1] as const];
    const present = (counter: number) => [[content, counter] as const, [pond, Number(pond.value) + 1] as const];
    const create =
      Math.random() < 0.5
        ? { method: 'POST', path: '/api/v1/metrics', body: passingMetric(key, 0) }
        : { method: 'POST', path: '/api/v1/metrics/bulk?mode=create', body: { items: [passingMetric(key, 0)] } };
    if (!(await this.repeated('create', subject, create, present(0)))) return;
    const path = `/api/v1/metrics/${key}`;
    await this.byApi('PATCH', subject, { method: 'PATCH', path, body: { extra: { counter: 1 } } }, [[content, 1]]);
    const last = content.value;
    if (await this.byApi('delete', subject, { method: 'DELETE', path }, absent())) {
      if (await this.byApi('restore', subject, { method: 'POST', path: `${path}/restore` }, present(Number(last))))
        await this.bySql(subject, `deleted_at = now()`, [], absent());
    }
    this.documents.next();
  }

  /** Moves the branch in the tree of domains. */
  private async moveBranch(branch: Subject): Promise<void> {
    const places = ['east', 'west', undefined].filter((place) => place !== branch.content.value);
    const parent = places[random(places.length)];
    const body = { parent: parent ?? null };
    await this.byApi('move', branch, { method: 'PATCH', path: '/api/v1/domains/branch', body }, [
      [branch.content, parent],
    ]);
  }

  private async describe(domain: Subject): Promise<void> {
    const counter = Number(domain.content.value) + 1;
    const changes: Changes = [[domain.content, counter]];
    const path = `/api/v1/domains/${domain.key}`;
    if (Math.random() < 0.6)
      await this.byApi('PATCH', domain, { method: 'PATCH', path, body: { extra: { counter } } }, changes);
    else await this.bySql(domain, `data = jsonb_set(data, '{extra,counter}', to_jsonb($2::int))`, [counter], changes);
  }

  private async deleteAndRestore(subject: Subject, absent: Changes, present: Changes): Promise<void> {
    const path = `/api/v1/${subject.resource}/${subject.key}`;
    for (;;) if (await this.byApi('delete', subject, { method: 'DELETE', path }, absent)) break;
    for (;;) if (await this.byApi('restore', subject, { method: 'POST', path: `${path}/restore` }, present)) break;
  }

  /** A write with If-Match. Returns whether it happened. */
  private async byApi(kind: string, subject: Subject, request: Request, changes: Changes): Promise<boolean> {
    const version = subject.version + 1;
    const write = this.ledger.begin([...changes, [subject.history, version]]);
    const response = await this.send(request, { 'if-match': `"${subject.version}"` });
    if (isSuccess(response)) return this.acknowledge(kind, subject, version, write);
    if (response && response.status < 500) return this.refused(request, response, write);
    // A request that is still in progress fails from now on, because its If-Match does not match.
    const { rows } = await this.database.query<{ version: number }>(
      `UPDATE ${subject.resource} SET version = version + 1 WHERE key = $1 RETURNING version`,
      [subject.key],
    );
    const fence = rows[0]?.version ?? 0;
    const happened = fence === version + 1;
    if (happened) this.acknowledge(kind, subject, version, write);
    else this.withdraw(request, write);
    subject.version = fence;
    return happened;
  }

  /** A write with an Idempotency-Key, repeated until it gets a response. */
  private async repeated(kind: string, subject: Subject, request: Request, changes: Changes): Promise<boolean> {
    const version = subject.version + 1;
    const write = this.ledger.begin([...changes, [subject.history, version]]);
    const headers = { 'idempotency-key': randomUUID() };
    for (;;) {
      const response = await this.send(request, headers);
      if (isSuccess(response)) return this.acknowledge(kind, subject, version, write);
      const isInProgress = response?.status === 409 && response.text.includes('idempotency_in_progress');
      if (response && response.status < 500 && !isInProgress) return this.refused(request, response, write);
      await sleep(50);
    }
  }

  /** A write by SQL; half of them do not change the version, like manual changes with psql. */
  private async bySql(subject: Subject, set: string, values: unknown[], changes: Changes): Promise<void> {
    const withVersion = Math.random() < 0.5;
    const write = this.ledger.begin(changes);
    const more = withVersion ? ', version = version + 1, updated_at = clock_timestamp()' : '';
    const { rows } = await this.database.query<{ version: number }>(
      `UPDATE ${subject.resource} SET ${set}${more} WHERE key = $1 RETURNING version`,
      [subject.key, ...values],
    );
    write.acknowledge();
    subject.version = rows[0]?.version ?? 0;
    this.figures.writes.add(withVersion ? 'SQL' : 'SQL without version');
  }

  private acknowledge(kind: string, subject: Subject, version: number, write: Write): true {
    write.acknowledge();
    subject.version = version;
    this.revisions.push({ subject, version });
    this.figures.writes.add(kind);
    return true;
  }

  private refused({ method, path }: Request, { status, text }: HttpResponse, write: Write): false {
    this.figures.violate('unexpected', `${method} ${path} returned ${status}: ${text.slice(0, 300)}`);
    write.withdraw();
    return false;
  }

  private withdraw({ method, path }: Request, write: Write): void {
    if (write.withdraw()) this.figures.violate('phantom', `${method} ${path} did not happen, but was read`);
  }

  private async send(
    { method, path, body }: Request,
    headers: Record<string, string>,
  ): Promise<HttpResponse | undefined> {
    try {
      const instance = this.anyInstance();
      const response = await instance.send(method, path, headers, body);
      if (response.status === 500)
        this.figures.violate('unexpected', `${method} ${path} returned 500: ${instance.logOf(response)}`);
      else if (response.status > 500) this.figures.failures.add(`write ${response.status}`);
      return response;
    } catch (error) {
      this.figures.failures.add(`write ${(error as NodeJS.ErrnoException).code ?? 'connection lost'}`);
      await sleep(20);
      return undefined;
    }
  }

  private anyInstance(): Instance {
    const available = this.instances.filter(({ isAvailable }) => isAvailable);
    const choice = available.length > 0 ? available : this.instances;
    const instance = choice[random(choice.length)];
    if (!instance) throw new Error('There is no instance.');
    return instance;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Documents } from './documents.ts';
import type { Figures } from './figures.ts';
import type { Answer } from './http-client.ts';
import type { Instance } from './instances.ts';
import type { Ledger, Observation } from './ledger.ts';
import { anyQuestion, finalQuestions, type Question } from './questions.ts';

/** Answers whose ETag is kept for conditional requests. */
const KEPT_TAGS = 2000;
const MAX_STALE_AGE_S = 300;
/** Ordinary while instances are killed and the database is away. */
const EXPLAINED_BY_FAULTS = [503, 504];

interface KnownAnswer {
  etag: string;
  observations: Observation[];
}

/** Readers that ask one question after the other of any instance, and judge each answer. */
export class Readers {
  private isStopping = false;
  private readonly known = new Map<string, KnownAnswer[]>();
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

  /** Reads until it is told to stop. */
  async run(readers: number): Promise<void> {
    const reader = async (): Promise<void> => {
      while (!this.isStopping) {
        const available = this.instances.filter(({ isAvailable }) => isAvailable);
        const instance = available[Math.floor(Math.random() * available.length)];
        if (instance) await this.ask(instance, anyQuestion(this.documents));
        else await sleep(5);
      }
    };
    await Promise.all(Array.from({ length: readers }, reader));
  }

  stop(): void {
    this.isStopping = true;
  }

  /** Every document as each instance shows it when all is over. */
  async readAll(): Promise<void> {
    for (const instance of this.instances)
      for (const question of finalQuestions(this.documents)) await this.ask(instance, question);
  }

  private async ask(instance: Instance, question: Question): Promise<void> {
    const known = this.known.get(question.path);
    const condition = known && Math.random() < 0.4 ? known[Math.floor(Math.random() * known.length)] : undefined;
    const encoding = Math.random();
    const headers = {
      ...(condition && { 'if-none-match': condition.etag }),
      ...(encoding < 0.25 ? { 'accept-encoding': 'br, gzip' } : encoding < 0.4 && { 'accept-encoding': 'gzip' }),
    };
    const sent = this.ledger.order.next();
    let answer: Answer;
    try {
      answer = await instance.send('GET', question.path, headers);
    } catch (error) {
      this.figures.failures.add(`read ${(error as NodeJS.ErrnoException).code ?? 'connection lost'}`);
      return sleep(5);
    }
    const observations = this.observationsOf(instance, answer, question, condition);
    if (!observations) return;
    this.count(answer, question, observations);
    // Whoever admits to be old has to know what was written before its age.
    const isMarked = answer.headers['x-cache'] === 'STALE';
    const moment = isMarked ? sent - this.ageOf(answer, question) * 1000 : sent;
    this.judge(instance, question, answer, observations, moment);
  }

  private observationsOf(
    instance: Instance,
    answer: Answer,
    { path, read, readMissing }: Question,
    condition: KnownAnswer | undefined,
  ): Observation[] | undefined {
    const { status, headers } = answer;
    if (status === 200) {
      const observations = read(answer);
      if (headers.etag !== undefined) this.remember(path, { etag: headers.etag, observations });
      return observations;
    }
    if (status === 304 && condition) return condition.observations;
    if (status === 404 && readMissing) return readMissing();
    if (EXPLAINED_BY_FAULTS.includes(status)) this.figures.failures.add(`read ${status}`);
    else this.figures.violate('unexpected', `GET ${path} answered ${status}: ${instance.logOf(answer)}`);
    return undefined;
  }

  private count({ status, headers }: Answer, { kind }: Question, observations: Observation[]): void {
    const { reads, cache, answers } = this.figures;
    reads.add(kind);
    cache.add(headers['x-cache'] ?? 'none');
    if (status === 304) answers.add('not modified');
    else answers.add(headers['content-encoding'] === undefined ? 'whole' : 'compressed');
    this.figures.statements += observations.length;
  }

  /** Seconds since an answer marked as stale was known to be true. */
  private ageOf({ headers }: Answer, { path }: Question): number {
    this.figures.answers.add('marked STALE');
    const age = Number(headers.age ?? NaN);
    if (age >= 0 && age <= MAX_STALE_AGE_S) return age;
    this.figures.violate('unexpected', `GET ${path}: X-Cache: STALE with Age: ${headers.age ?? 'none'}`);
    return Infinity;
  }

  private judge(
    instance: Instance,
    { path }: Question,
    { status, headers }: Answer,
    observations: Observation[],
    moment: number,
  ): void {
    for (const observation of observations) {
      const verdict = observation.register.judge(observation, moment);
      if (verdict === 'fresh') continue;
      const how = `${status}, X-Cache: ${headers['x-cache'] ?? 'none'}, Age: ${headers.age ?? 'none'}, ETag: ${headers.etag ?? 'none'}`;
      const before = observation.register.acknowledgedBefore(moment);
      this.figures.violate(verdict, `${instance.name} GET ${path} (${how}): ${observation.said}; was ${before}`);
    }
  }

  private remember(path: string, answer: KnownAnswer): void {
    const known = this.known.get(path) ?? [];
    // The last few: also tags that are long past.
    known.unshift(answer);
    known.length = Math.min(known.length, 3);
    this.known.delete(path);
    this.known.set(path, known);
    if (this.known.size > KEPT_TAGS)
      for (const oldest of [...this.known.keys()].slice(0, KEPT_TAGS / 10)) this.known.delete(oldest);
  }
}

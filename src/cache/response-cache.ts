import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { isDatabaseUnavailable } from '../database/database-errors';
import type { Representation } from '../responses/representation';
import { Problem } from '../problems/problem';
import { tracing } from '../instrumentation/tracing';
import { MemoryCache } from './memory-cache';
import { type ResponseKind, CacheCounts, type CacheState } from './cache-counts';
import { CacheNamespace } from './cache-namespace';
import { CacheEntry } from './cache-entry';
import { RedisCache } from './redis-cache';

/** A question in canonical form, asked while the database was at a generation or later. */
export interface Question {
  /** Path and canonical query. */
  url: string;
  kind: ResponseKind;
  /** The generations that its answer depends on. */
  tag: string;
  /** The life of the database that they belong to, until the next flush. */
  epoch: string;
  /** When they were asked for, in milliseconds of `performance.now()`. */
  askedAt: number;
}

export interface Found {
  answer: CacheEntry;
  state: CacheState;
  /** Seconds since a stale answer was known to be true. */
  age?: number;
}

/**
 * An answer being fetched. Emptied at the end: a Map that is filled and emptied all the time is made anew again and again,
 * each new table is held by the one before, and all they ever held by the old generation of the heap.
 */
interface Flight {
  found?: Promise<Found> | undefined;
}

/**
 * Answers from memory, else from Redis, else by asking. What is kept is kept under the generation that was read before it
 * was made, so it may be newer than its name and never older; whoever finds it under the current generation has the truth.
 */
@Injectable()
export class ResponseCache {
  /** What is being fetched, by question and generation: everybody who asks the same meanwhile waits for the one answer. */
  private readonly flights = new Map<string, Flight>();

  constructor(
    private readonly config: Config,
    private readonly memory: MemoryCache,
    private readonly shared: RedisCache,
    private readonly namespace: CacheNamespace,
    private readonly counts: CacheCounts,
  ) {}

  /** The answer in memory, if it is true for this generation. */
  hit({ url, tag, askedAt }: Question): CacheEntry | undefined {
    const answer = this.memory.get(url);
    if (answer?.tag !== tag || !this.isKept(answer, askedAt)) return undefined;
    this.counts.memory.hits++;
    if (askedAt > answer.revalidatedAt) answer.revalidatedAt = askedAt;
    return answer;
  }

  /** Fetches what memory does not have; `make` asks the database. */
  fetch(question: Question, make: () => Promise<Representation>): Promise<Found> {
    this.counts.memory.misses++;
    const name = this.nameOf(question);
    const flight = this.flights.get(name)?.found;
    if (flight) {
      this.counts.shared++;
      // That the other's time is over says nothing about ours.
      return flight.catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'timeout') return this.fetch(question, make);
        throw error;
      });
    }
    const started: Flight = {};
    this.flights.set(name, started);
    return (started.found = this.find(question, name, make).finally(() => {
      this.flights.delete(name);
      started.found = undefined;
    }));
  }

  /**
   * The answer that was true last, for a database that is away.
   *
   * @returns undefined where there is none of the last CACHE_STALE_ON_ERROR seconds
   */
  lastKnown(url: string): Found | undefined {
    const answer = this.memory.get(url);
    if (!answer) return undefined;
    const age = Math.ceil((performance.now() - answer.revalidatedAt) / 1000);
    return age <= this.config.CACHE_STALE_ON_ERROR ? { answer, state: 'STALE', age } : undefined;
  }

  /** What tells an answer from all others, in every instance that runs the same code on the same database. */
  nameOf({ url, tag }: Pick<Question, 'url' | 'tag'>): string {
    return `${this.namespace.value}:${tag}:${url}`;
  }

  /** To be called when a kept answer has one more encoding. */
  readonly onGrown = (url: string) => (answer: CacheEntry) => this.memory.grown(url, answer);

  private async find(question: Question, name: string, make: () => Promise<Representation>): Promise<Found> {
    const known = this.memory.get(question.url);
    try {
      // Of another life of the database the same row may say something else.
      if (
        known?.isUnchanged &&
        known.epoch === question.epoch &&
        this.isKept(known, question.askedAt) &&
        (await known.isUnchanged())
      ) {
        this.counts.survived++;
        return { answer: this.keep(question, known), state: 'HIT' };
      }
      const shared = this.shared.isConfigured ? await this.sharedAnswer(name) : undefined;
      if (shared) return { answer: this.keep(question, shared), state: 'HIT' };
      const answer = this.keep(question, CacheEntry.of(await make(), name));
      if (this.shared.isConfigured) void this.shared.set(name, answer.toText(), this.config.CACHE_TTL);
      return { answer, state: 'MISS' };
    } catch (error) {
      const last = isDatabaseUnavailable(error) ? this.lastKnown(question.url) : undefined;
      if (last) return last;
      throw error;
    }
  }

  /** The answer in Redis. */
  private async sharedAnswer(name: string): Promise<CacheEntry | undefined> {
    const startedAt = performance.now();
    const text = await this.shared.get(name);
    const answer = text === undefined ? undefined : CacheEntry.parse(text);
    this.counts.redis[answer ? 'hits' : 'misses']++;
    tracing.tracer?.record('cache lookup', performance.now() - startedAt, {
      'mdl.cache.layer': 'redis',
      'mdl.cache.result': answer ? 'hit' : 'miss',
    });
    return answer;
  }

  private keep({ url, tag, epoch, askedAt }: Question, answer: CacheEntry): CacheEntry {
    if (askedAt >= answer.revalidatedAt) {
      answer.tag = tag;
      answer.epoch = epoch;
      answer.revalidatedAt = askedAt;
    }
    this.memory.keep(url, answer);
    return answer;
  }

  private isKept(answer: CacheEntry, now: number): boolean {
    const { CACHE_TTL, CACHE_MAX_TTL } = this.config;
    return now - answer.revalidatedAt <= CACHE_TTL * 1000 && now - answer.madeAt <= CACHE_MAX_TTL * 1000;
  }
}

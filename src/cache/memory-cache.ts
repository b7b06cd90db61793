import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config';
import type { CacheEntry } from './cache-entry';

/** Answers kept in the process, the least recently used dropped first: bounded in number and in bytes. One a question, the newest. */
@Injectable()
export class MemoryCache {
  private readonly answers: LRUCache<string, CacheEntry>;

  constructor({ CACHE_MAX_ENTRIES, CACHE_MAX_BYTES }: Config) {
    this.answers = new LRUCache({
      max: CACHE_MAX_ENTRIES,
      // 0 would mean no bound: a byte keeps nothing.
      maxSize: Math.max(1, CACHE_MAX_BYTES),
      sizeCalculation: ({ bytes }, question) => bytes + 2 * question.length,
    });
  }

  get(question: string): CacheEntry | undefined {
    return this.answers.get(question);
  }

  /** Keeps an answer unless there is one of a later state of the database. */
  keep(question: string, answer: CacheEntry): void {
    const present = this.answers.peek(question);
    if (present && present !== answer && present.revalidatedAt > answer.revalidatedAt) return;
    this.answers.set(question, answer);
  }

  /** Weighs an answer again that has grown. */
  grown(question: string, answer: CacheEntry): void {
    if (this.answers.peek(question) !== answer) return;
    this.answers.delete(question);
    this.answers.set(question, answer);
  }

  clear(): void {
    this.answers.clear();
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.answers.size, bytes: this.answers.calculatedSize };
  }
}

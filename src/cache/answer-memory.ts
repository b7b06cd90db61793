import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config';
import type { KeptAnswer } from './kept-answer';

/** Answers kept in the process, the least recently used dropped first: bounded in number and in bytes. One a question, the newest. */
@Injectable()
export class AnswerMemory {
  private readonly answers: LRUCache<string, KeptAnswer>;

  constructor({ CACHE_MAX_ENTRIES, CACHE_MAX_BYTES }: Config) {
    this.answers = new LRUCache({
      max: CACHE_MAX_ENTRIES,
      // 0 would mean no bound: a byte keeps nothing.
      maxSize: Math.max(1, CACHE_MAX_BYTES),
      sizeCalculation: ({ bytes }, question) => bytes + 2 * question.length,
    });
  }

  get(question: string): KeptAnswer | undefined {
    return this.answers.get(question);
  }

  /** Keeps an answer unless there is one of a later state of the database. */
  keep(question: string, answer: KeptAnswer): void {
    const present = this.answers.peek(question);
    if (present && present !== answer && present.confirmedAt > answer.confirmedAt) return;
    this.answers.set(question, answer);
  }

  /** Weighs an answer again that has grown. */
  grown(question: string, answer: KeptAnswer): void {
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

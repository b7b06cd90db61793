import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CacheSettings } from '../generations/cache-settings';
import type { CacheEntry } from './cache-entry';

/**
 * The first layer (L1): entries in the memory of the process, evicted by least recent use, bounded in number and bytes.
 * One entry for each URL, the newest, with its generation beside it: entries of past generations take no memory, and
 * the last known response is there when the database is unavailable.
 */
@Injectable()
export class MemoryCache {
  private readonly entries: LRUCache<string, CacheEntry>;

  constructor({ CACHE_MAX_ENTRIES, CACHE_MAX_BYTES }: CacheSettings) {
    this.entries = new LRUCache({
      max: CACHE_MAX_ENTRIES,
      // 0 would mean no limit; one byte holds no entry.
      maxSize: Math.max(1, CACHE_MAX_BYTES),
      sizeCalculation: ({ bytes }, url) => bytes + 2 * url.length,
    });
  }

  get(url: string): CacheEntry | undefined {
    return this.entries.get(url);
  }

  /** Stores an entry, unless there is one of a later state of the database. */
  set(url: string, entry: CacheEntry): void {
    const present = this.entries.peek(url);
    if (present && present !== entry && present.revalidatedAt > entry.revalidatedAt) return;
    this.entries.set(url, entry);
  }

  /** Accounts for the new size of an entry. */
  resize(url: string, entry: CacheEntry): void {
    if (this.entries.peek(url) !== entry) return;
    this.entries.delete(url);
    this.entries.set(url, entry);
  }

  clear(): void {
    this.entries.clear();
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.entries.size, bytes: this.entries.calculatedSize };
  }
}

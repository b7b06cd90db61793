import { Injectable } from '@nestjs/common';

/** How an answer came about (the header `X-Cache`). */
export type CacheState = 'HIT' | 'MISS' | 'STALE' | 'BYPASS';
/** What kind of question it answers. */
export type ResponseKind = 'list' | 'item' | 'stats' | 'revisions';

const KINDS: ResponseKind[] = ['list', 'item', 'stats', 'revisions'];
const share = (hits: number, misses: number) => (hits + misses === 0 ? null : hits / (hits + misses));

class Layer {
  hits = 0;
  misses = 0;

  shown() {
    return { hits: this.hits, misses: this.misses, hit_rate: share(this.hits, this.misses) };
  }
}

/** Counts what the cache did since the process began. */
@Injectable()
export class CacheCounts {
  readonly memory = new Layer();
  readonly redis = new Layer();
  /** Answers that survived a write to other rows. */
  survived = 0;
  /** Requests that waited for the answer another one was fetching. */
  shared = 0;
  /** `If-None-Match` answered with 304. */
  notModified = 0;

  private readonly kinds = new Map(KINDS.map((kind) => [kind, { HIT: 0, MISS: 0, STALE: 0, BYPASS: 0 }]));

  count(kind: ResponseKind, state: CacheState): void {
    const counts = this.kinds.get(kind);
    if (counts) counts[state]++;
  }

  /** Every kind and state with its count. */
  *all(): Iterable<[ResponseKind, CacheState, number]> {
    for (const [kind, counts] of this.kinds)
      for (const [state, count] of Object.entries(counts)) yield [kind, state as CacheState, count];
  }

  /** All kinds together. */
  total(): { hits: number; misses: number; stale: number; bypassed: number; hit_rate: number | null } {
    const sums = { HIT: 0, MISS: 0, STALE: 0, BYPASS: 0 };
    for (const [, state, count] of this.all()) sums[state] += count;
    const { HIT: hits, MISS: misses, STALE: stale, BYPASS: bypassed } = sums;
    return { hits, misses, stale, bypassed, hit_rate: share(hits, misses) };
  }

  /** By kind of question, as it is shown to operators. */
  byKind(): Record<string, Record<string, number | null>> {
    return Object.fromEntries(
      [...this.kinds].map(([kind, { HIT, MISS, STALE, BYPASS }]) => [
        kind,
        { hits: HIT, misses: MISS, stale: STALE, bypassed: BYPASS, hit_rate: share(HIT, MISS) },
      ]),
    );
  }
}

import { Injectable } from '@nestjs/common';
import type { ResponseKind } from '../routing/route-options';

/** How a response was produced: the header `X-Cache`. */
export type CacheState = 'HIT' | 'MISS' | 'STALE' | 'BYPASS';

const KINDS: ResponseKind[] = ['list', 'item', 'stats', 'revisions'];
const rate = (hits: number, misses: number) => (hits + misses === 0 ? null : hits / (hits + misses));

/** Lookups in one layer of the cache. */
class LayerCounts {
  hits = 0;
  misses = 0;

  summary() {
    return { hits: this.hits, misses: this.misses, hit_rate: rate(this.hits, this.misses) };
  }
}

/** Statistics of the cache since the process started. */
@Injectable()
export class CacheCounts {
  readonly memory = new LayerCounts();
  readonly redis = new LayerCounts();
  /** Item entries that were revalidated after a write to other rows. */
  survived = 0;
  /** Requests that waited for the fill of another request. */
  shared = 0;
  /** 304 responses. */
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
    return { hits, misses, stale, bypassed, hit_rate: rate(hits, misses) };
  }

  /** By kind of response, as operators see it. */
  byKind(): Record<string, Record<string, number | null>> {
    return Object.fromEntries(
      [...this.kinds].map(([kind, { HIT, MISS, STALE, BYPASS }]) => [
        kind,
        { hits: HIT, misses: MISS, stale: STALE, bypassed: BYPASS, hit_rate: rate(HIT, MISS) },
      ]),
    );
  }
}

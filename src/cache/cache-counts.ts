import { Injectable } from '@nestjs/common';
import type { ResponseKind } from '../routing/route-options';

/** How a response was produced: the header `X-Cache`. */
export type CacheState = 'HIT' | 'MISS' | 'STALE' | 'BYPASS';

type StateCounts = Record<CacheState, number>;

const zero = (): StateCounts => ({ HIT: 0, MISS: 0, STALE: 0, BYPASS: 0 });
const rate = (hits: number, misses: number) => (hits + misses === 0 ? null : hits / (hits + misses));

interface StateSummary {
  hits: number;
  misses: number;
  stale: number;
  bypassed: number;
  hit_rate: number | null;
}

const summarize = ({ HIT: hits, MISS: misses, STALE: stale, BYPASS: bypassed }: StateCounts): StateSummary => ({
  hits,
  misses,
  stale,
  bypassed,
  hit_rate: rate(hits, misses),
});

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

  private readonly kinds = { list: zero(), item: zero(), stats: zero(), revisions: zero() };

  count(kind: ResponseKind, state: CacheState): void {
    this.kinds[kind][state]++;
  }

  /** Every kind and state with its count. */
  *all(): Iterable<[ResponseKind, CacheState, number]> {
    for (const [kind, counts] of Object.entries(this.kinds))
      for (const [state, count] of Object.entries(counts)) yield [kind as ResponseKind, state as CacheState, count];
  }

  /** All kinds together. */
  total(): StateSummary {
    const sums = zero();
    for (const [, state, count] of this.all()) sums[state] += count;
    return summarize(sums);
  }

  /** By kind of response, as operators see it. */
  byKind(): Record<ResponseKind, StateSummary> {
    const { list, item, stats, revisions } = this.kinds;
    return {
      list: summarize(list),
      item: summarize(item),
      stats: summarize(stats),
      revisions: summarize(revisions),
    };
  }
}

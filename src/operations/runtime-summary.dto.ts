import { Sections, Section } from '../validation/properties';
import { Property } from '../validation/schema';

const Count = (description = '') =>
  Property({ type: 'integer', minimum: 0 }, { required: true, example: 1200, description });
const Amount = (description = '') =>
  Property({ type: 'number', minimum: 0 }, { required: true, example: 3.5, description });
const Share = (description: string) =>
  Property({ type: ['number', 'null'], minimum: 0, maximum: 1 }, { required: true, description });
const Milliseconds = (example: number, description = '') =>
  Property({ type: ['number', 'null'], minimum: 0 }, { required: true, example, description });
const Name = (example: string) => Property({ type: 'string' }, { required: true, example });

/** Time from the headers of a request to the last byte of the response; null before the first request. */
export class DurationsDto {
  @Milliseconds(2.4) average!: number | null;

  @Milliseconds(0.8, 'Estimated from the buckets of the histogram, as the other percentiles.') p50!: number | null;

  @Milliseconds(8.1) p95!: number | null;

  @Milliseconds(41, 'At most 10,000, the upper bound of the last bucket.') p99!: number | null;
}

export class StatusCountDto {
  @Property({ type: 'integer', minimum: 100, maximum: 599 }, { required: true, example: 200 }) status!: number;

  @Count() count!: number;
}

export class RequestsDto {
  @Count() total!: number;

  @Count('Requests in progress, this one included.') in_flight!: number;

  @Amount('Average of the last minute.') per_second!: number;

  @Amount('Average since the start of the process.') per_second_overall!: number;

  @Share('Share of responses with status 500 or above; null before the first request.') error_rate!: number | null;

  @Section(() => DurationsDto, { required: true }) duration_ms!: DurationsDto;

  @Sections(() => StatusCountDto, {
    max: 100,
    required: true,
    description: '499: the client closed the connection before the response was complete.',
  })
  statuses!: StatusCountDto[];
}

export class TopRouteDto {
  @Name('GET') method!: string;

  @Name('/api/v1/metrics/:key') route!: string;

  @Count() requests!: number;

  @Count('Responses with status 500 or above.') errors!: number;

  @Section(() => DurationsDto, { required: true }) duration_ms!: DurationsDto;
}

export class CacheTotalsDto {
  @Count() hits!: number;

  @Count() misses!: number;

  @Count('Cached responses served while the database was unavailable.') stale!: number;

  @Count('Responses that bypassed the cache.') bypassed!: number;

  @Share('Null before the first lookup.') hit_rate!: number | null;
}

export class MemoryDto {
  @Count('Resident set size.') rss_bytes!: number;

  @Count() heap_used_bytes!: number;

  @Count() heap_total_bytes!: number;

  @Count('Maximum size of the heap; the process ends when it is exceeded.') heap_limit_bytes!: number;

  @Count('Memory outside the heap, such as buffers.') external_bytes!: number;
}

export class EventLoopDto {
  @Amount('Share of the last ten seconds in which the event loop was active.') utilization!: number;

  @Amount('99th percentile of the delay of timers.') delay_p99_ms!: number;
}

/** The main metrics of this instance. Counts begin at the start of the process. */
export class RuntimeSummaryDto {
  @Name('1.0.0') version!: string;

  @Amount() uptime_seconds!: number;

  @Section(() => RequestsDto, { required: true }) requests!: RequestsDto;

  @Sections(() => TopRouteDto, { max: 10, required: true, description: 'The ten routes with the most requests.' })
  top_routes!: TopRouteDto[];

  @Section(() => CacheTotalsDto, { required: true }) cache!: CacheTotalsDto;

  @Section(() => MemoryDto, { required: true }) memory!: MemoryDto;

  @Section(() => EventLoopDto, { required: true }) event_loop!: EventLoopDto;
}

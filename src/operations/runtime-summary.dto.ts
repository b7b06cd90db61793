import { Sections, Section } from '../validation/properties';
import { Property } from '../validation/schema';

const Count = (description?: string) =>
  Property({ type: 'integer', minimum: 0 }, { required: true, example: 1200, ...(description && { description }) });
const Amount = (description?: string) =>
  Property({ type: 'number', minimum: 0 }, { required: true, example: 3.5, ...(description && { description }) });
const Share = (description: string) =>
  Property({ type: ['number', 'null'], minimum: 0, maximum: 1 }, { required: true, description });
const Milliseconds = (example: number, description?: string) =>
  Property({ type: ['number', 'null'], minimum: 0 }, { required: true, example, ...(description && { description }) });
const Name = (example: string) => Property({ type: 'string' }, { required: true, example });

/** From the headers of a request to the last byte of its answer; null before the first. */
export class DurationsDto {
  @Milliseconds(2.4) average!: number | null;

  @Milliseconds(0.8, 'Half of the requests took no longer, as far as the buckets of the histogram tell.') p50!:
    number | null;

  @Milliseconds(8.1) p95!: number | null;

  @Milliseconds(41, '10,000 where it is more.') p99!: number | null;
}

export class StatusCountDto {
  @Property({ type: 'integer', minimum: 100, maximum: 599 }, { required: true, example: 200 }) status!: number;

  @Count() count!: number;
}

export class RequestsDto {
  @Count() total!: number;

  @Count('Not over yet, this one included.') in_flight!: number;

  @Amount('Over the last minute.') per_second!: number;

  @Amount('Since the process began.') per_second_overall!: number;

  @Share('Answers with a status of 500 and more; null before the first request.') error_rate!: number | null;

  @Section(() => DurationsDto, { required: true }) duration_ms!: DurationsDto;

  @Sections(() => StatusCountDto, { max: 100, required: true, description: '499: the client went away first.' })
  statuses!: StatusCountDto[];
}

export class TopRouteDto {
  @Name('GET') method!: string;

  @Name('/api/v1/metrics/:key') route!: string;

  @Count() requests!: number;

  @Count('Answers with a status of 500 and more.') errors!: number;

  @Section(() => DurationsDto, { required: true }) duration_ms!: DurationsDto;
}

export class CacheTotalsDto {
  @Count() hits!: number;

  @Count() misses!: number;

  @Count('Answers from before the database went away.') stale!: number;

  @Count('Answers made without the cache.') bypassed!: number;

  @Share('Null before the first question.') hit_rate!: number | null;
}

export class MemoryDto {
  @Count('Resident.') rss_bytes!: number;

  @Count() heap_used_bytes!: number;

  @Count() heap_total_bytes!: number;

  @Count('Where the process ends.') heap_limit_bytes!: number;

  @Count('Buffers and the like, outside the heap.') external_bytes!: number;
}

export class EventLoopDto {
  @Amount('Share of the last seconds in which it did something: 1 is all it can do.') utilization!: number;

  @Amount('How late timers were, but for the worst hundredth.') delay_p99_ms!: number;
}

/** What this instance does, since the process began. */
export class RuntimeSummaryDto {
  @Name('1.0.0') version!: string;

  @Amount() uptime_seconds!: number;

  @Section(() => RequestsDto, { required: true }) requests!: RequestsDto;

  @Sections(() => TopRouteDto, { max: 10, required: true, description: 'The ten that are asked most.' })
  top_routes!: TopRouteDto[];

  @Section(() => CacheTotalsDto, { required: true }) cache!: CacheTotalsDto;

  @Section(() => MemoryDto, { required: true }) memory!: MemoryDto;

  @Section(() => EventLoopDto, { required: true }) event_loop!: EventLoopDto;
}

import { Choice, Flag, Section } from '../validation/properties';
import { Property } from '../validation/schema';

const Count = (description?: string) =>
  Property({ type: 'integer', minimum: 0 }, { required: true, example: 120, ...(description && { description }) });

/** What one layer did since the process began. */
export class CacheLayerDto {
  @Count() hits!: number;

  @Count() misses!: number;

  @Property(
    { type: ['number', 'null'], minimum: 0, maximum: 1 },
    { required: true, description: 'Null before the first question.' },
  )
  hit_rate!: number | null;
}

/** Answers kept in the process. */
export class CacheMemoryDto extends CacheLayerDto {
  @Count() entries!: number;

  @Count('Compressed forms included.') bytes!: number;

  @Count() max_entries!: number;

  @Count() max_bytes!: number;
}

/** Answers shared by the instances. */
export class CacheRedisDto extends CacheLayerDto {
  @Choice(['off', 'closed', 'open', 'half-open'], {
    required: true,
    description: 'Of the circuit breaker: closed works, open is given up for a while, off is not configured.',
  })
  state!: string;

  @Count('Commands that failed or were too slow.') failures!: number;
}

/** Questions to the database about its state. */
export class CacheGenerationDto {
  @Choice(['up', 'away'], { required: true }) state!: string;

  @Count() queries!: number;

  @Count('How often the database did not answer.') failures!: number;
}

/** What was answered about one kind of question. */
export class CacheKindDto extends CacheLayerDto {
  @Count('Answers from before the database went away.') stale!: number;

  @Count('Answers made without the cache.') bypassed!: number;
}

const Kind = () => Section(() => CacheKindDto, { required: true });

export class CacheKindsDto {
  @Kind() list!: CacheKindDto;

  @Kind() item!: CacheKindDto;

  @Kind() stats!: CacheKindDto;

  @Kind() revisions!: CacheKindDto;
}

/** What the cache of this instance holds, and what it did since the process began. */
export class CacheReportDto {
  @Flag({ required: true, example: true }) enabled!: boolean;

  @Count('How old an answer may be.') max_staleness_ms!: number;

  @Section(() => CacheMemoryDto, { required: true }) memory!: CacheMemoryDto;

  @Section(() => CacheRedisDto, { required: true }) redis!: CacheRedisDto;

  @Section(() => CacheGenerationDto, { required: true }) generation!: CacheGenerationDto;

  @Section(() => CacheKindsDto, { required: true }) kinds!: CacheKindsDto;

  @Count('Items that stayed true although other rows were written.') survived!: number;

  @Count('Requests that waited for the answer that another one was fetching.') shared!: number;

  @Count('`If-None-Match` answered with 304.') not_modified!: number;
}

/** What a flush removed. */
export class CacheFlushDto {
  @Count('Answers in the memory of this instance.') memory!: number;

  @Count('Answers in Redis.') redis!: number;
}

import { Choice, Flag, Section } from '../validation/properties';
import { Property } from '../validation/schema';

const Count = (description = '') =>
  Property({ type: 'integer', minimum: 0 }, { required: true, example: 120, description });

/** Lookups in one layer of the cache since the start of the process. */
export class CacheLayerDto {
  @Count() hits!: number;

  @Count() misses!: number;

  @Property(
    { type: ['number', 'null'], minimum: 0, maximum: 1 },
    { required: true, description: 'Null before the first lookup.' },
  )
  hit_rate!: number | null;
}

/** The cache in the memory of this instance. */
export class CacheMemoryDto extends CacheLayerDto {
  @Count() entries!: number;

  @Count('Compressed representations included.') bytes!: number;

  @Count() max_entries!: number;

  @Count() max_bytes!: number;
}

/** The cache in Redis, shared by all instances. */
export class CacheRedisDto extends CacheLayerDto {
  @Choice(['off', 'closed', 'open', 'half-open'], {
    required: true,
    description:
      'State of the circuit breaker. closed: Redis is in use; open: commands are suspended; half-open: one trial ' +
      'command is in progress; off: Redis is not configured.',
  })
  state!: string;

  @Count('Commands that failed or timed out.') failures!: number;
}

/** The queries that read the generation of the database. */
export class CacheGenerationDto {
  @Choice(['up', 'away'], { required: true }) state!: string;

  @Count() queries!: number;

  @Count('Times that the queries began to fail.') failures!: number;
}

/** The results of the cache for one kind of response. */
export class CacheKindDto extends CacheLayerDto {
  @Count('Cached responses served while the database was unavailable.') stale!: number;

  @Count('Responses that bypassed the cache.') bypassed!: number;
}

const Kind = () => Section(() => CacheKindDto, { required: true });

export class CacheKindsDto {
  @Kind() list!: CacheKindDto;

  @Kind() item!: CacheKindDto;

  @Kind() stats!: CacheKindDto;

  @Kind() revisions!: CacheKindDto;
}

/** The response cache of this instance. Counts begin at the start of the process. */
export class CacheReportDto {
  @Flag({ required: true, example: true }) enabled!: boolean;

  @Count('Maximum age of a cached response that is served without a generation query, in milliseconds.')
  max_staleness_ms!: number;

  @Section(() => CacheMemoryDto, { required: true }) memory!: CacheMemoryDto;

  @Section(() => CacheRedisDto, { required: true }) redis!: CacheRedisDto;

  @Section(() => CacheGenerationDto, { required: true }) generation!: CacheGenerationDto;

  @Section(() => CacheKindsDto, { required: true }) kinds!: CacheKindsDto;

  @Count('Cached items revalidated after a write to other rows.') survived!: number;

  @Count('Requests coalesced with a cache fill in flight.') shared!: number;

  @Count('Responses 304 Not Modified from the cache.') not_modified!: number;
}

/** The number of removed entries. */
export class CacheFlushDto {
  @Count('Entries in the memory of this instance.') memory!: number;

  @Count('Entries in Redis.') redis!: number;
}

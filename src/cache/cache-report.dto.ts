import { ApiProperty } from '@nestjs/swagger';

const share = {
  type: Number,
  nullable: true,
  minimum: 0,
  maximum: 1,
  description: 'Null before the first question.',
} as const;

/** What one layer did since the process began. */
export class CacheLayerDto {
  @ApiProperty() hits!: number;
  @ApiProperty() misses!: number;
  @ApiProperty(share) hit_rate!: number | null;
}

/** Answers kept in the process. */
export class CacheMemoryDto extends CacheLayerDto {
  @ApiProperty() entries!: number;
  @ApiProperty({ description: 'Bytes, compressed forms included.' }) bytes!: number;
  @ApiProperty() max_entries!: number;
  @ApiProperty() max_bytes!: number;
}

/** Answers shared by the instances. */
export class CacheRedisDto extends CacheLayerDto {
  @ApiProperty({
    enum: ['off', 'closed', 'open', 'half-open'],
    description: 'Of the circuit breaker; off without Redis.',
  })
  state!: string;
  @ApiProperty({ description: 'Commands that failed or were too slow.' }) failures!: number;
}

/** Questions to the database about its state. */
export class CacheGenerationDto {
  @ApiProperty({ enum: ['up', 'away'] }) state!: string;
  @ApiProperty() queries!: number;
  @ApiProperty() failures!: number;
}

export class CacheKindDto extends CacheLayerDto {
  @ApiProperty({ description: 'Answers from before the database went away.' }) stale!: number;
  @ApiProperty({ description: 'Answers made without the cache.' }) bypassed!: number;
}

const kind = { type: () => CacheKindDto };

export class CacheKindsDto {
  @ApiProperty(kind) list!: CacheKindDto;
  @ApiProperty(kind) item!: CacheKindDto;
  @ApiProperty(kind) stats!: CacheKindDto;
  @ApiProperty(kind) revisions!: CacheKindDto;
}

/** What the cache of this instance holds, and what it did since the process began. */
export class CacheReportDto {
  @ApiProperty() enabled!: boolean;
  @ApiProperty() max_staleness_ms!: number;
  @ApiProperty() memory!: CacheMemoryDto;
  @ApiProperty() redis!: CacheRedisDto;
  @ApiProperty() generation!: CacheGenerationDto;
  @ApiProperty() kinds!: CacheKindsDto;
  @ApiProperty({ description: 'Items that stayed true although other rows were written.' }) survived!: number;
  @ApiProperty({ description: 'Requests that waited for the answer that another one was fetching.' }) shared!: number;
  @ApiProperty({ description: '`If-None-Match` answered with 304.' }) not_modified!: number;
}

/** What a flush removed. */
export class CacheFlushDto {
  @ApiProperty({ description: 'Answers removed from the memory of this instance.' }) memory!: number;
  @ApiProperty({ description: 'Answers removed from Redis.' }) redis!: number;
}

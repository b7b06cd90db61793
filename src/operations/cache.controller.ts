import { Controller, Get, Header, HttpCode, Post, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/roles/requires.decorator';
import { Config } from '../config/config';
import { Database } from '../database/database';
import { ApiProblems } from '../problems/problem-documentation';
import { Representation } from '../responses/representation';
import { GuardedRedis } from '../redis/guarded-redis';
import { MemoryCache } from '../cache/memory-cache';
import { CacheCounts } from '../cache/cache-counts';
import { CacheFlushDto, type CacheKindsDto, CacheReportDto } from './cache-report.dto';
import { Generations } from '../generations/generations';
import { RedisCache } from '../cache/redis-cache';

/** What the cache holds and did, and how to empty it. */
@ApiTags('operations')
@Controller({ path: 'api/cache', version: VERSION_NEUTRAL })
export class CacheController {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly memory: MemoryCache,
    private readonly shared: RedisCache,
    private readonly redis: GuardedRedis,
    private readonly generations: Generations,
    private readonly counts: CacheCounts,
  ) {}

  @Get('stats')
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What the cache of this instance holds and did' })
  @ApiResponse({ status: 200, description: 'Since the process began.', type: CacheReportDto })
  @ApiProblems('invalid_parameter')
  stats(): CacheReportDto {
    const { config, counts } = this;
    const { entries, bytes } = this.memory.size;
    const { state, failures } = this.redis.stats();
    return {
      enabled: config.ENABLE_CACHE,
      max_staleness_ms: config.CACHE_MAX_STALENESS_MS,
      memory: {
        entries,
        bytes,
        max_entries: config.CACHE_MAX_ENTRIES,
        max_bytes: config.CACHE_MAX_BYTES,
        ...counts.memory.summary(),
      },
      redis: { state, failures, ...counts.redis.summary() },
      generation: this.generations.stats(),
      kinds: counts.byKind() as unknown as CacheKindsDto,
      survived: counts.survived,
      shared: counts.shared,
      not_modified: counts.notModified,
    };
  }

  /** Every instance lets go of what it kept: the number of flushes is part of the generation. */
  @Post('flush')
  @Requires('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Empty the cache of every instance',
    description: 'Never needed for answers to be true; it gives memory back and makes measurements start cold.',
  })
  @ApiResponse({ status: 200, description: 'It is empty.', type: CacheFlushDto })
  @ApiProblems('invalid_parameter')
  async flush(): Promise<Representation> {
    await this.database.query('UPDATE cache_generations SET flushes = flushes + 1 WHERE shard = 0');
    const { entries } = this.memory.size;
    this.memory.clear();
    return Representation.of({ memory: entries, redis: await this.shared.flush() } satisfies CacheFlushDto);
  }
}

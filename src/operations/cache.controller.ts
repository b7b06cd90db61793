import { Controller, Get, Header, HttpCode, Post, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/roles/requires.decorator';
import { CacheCounts } from '../cache/cache-counts';
import { MemoryCache } from '../cache/memory-cache';
import { RedisCache } from '../cache/redis-cache';
import { Config } from '../config/config';
import { Database } from '../database/database';
import { Generations } from '../generations/generations';
import { IDEMPOTENCY_PROBLEMS, idempotencyKey } from '../idempotency/idempotency-documentation';
import { ApiProblems } from '../problems/problem-documentation';
import { GuardedRedis } from '../redis/guarded-redis';
import { Representation } from '../responses/representation';
import { CacheFlushDto, CacheReportDto } from './cache-report.dto';

/** Reports the state of the response cache, and empties it. */
@ApiTags('operations')
@Controller({ path: 'api/cache', version: VERSION_NEUTRAL })
export class CacheController {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly memoryCache: MemoryCache,
    private readonly redisCache: RedisCache,
    private readonly redis: GuardedRedis,
    private readonly generations: Generations,
    private readonly counts: CacheCounts,
  ) {}

  @Get('stats')
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'readCacheStatistics',
    summary: 'Get the cache statistics of this instance',
    description: 'Lookups, entries and state of both layers.',
  })
  @ApiResponse({ status: 200, description: 'Values since the start of the process.', type: CacheReportDto })
  @ApiProblems('invalid_parameter')
  stats(): CacheReportDto {
    const { config, counts } = this;
    const { state, failures } = this.redis.stats();
    return {
      enabled: config.ENABLE_CACHE,
      max_staleness_ms: config.CACHE_MAX_STALENESS_MS,
      memory: {
        ...this.memoryCache.size,
        max_entries: config.CACHE_MAX_ENTRIES,
        max_bytes: config.CACHE_MAX_BYTES,
        ...counts.memory.summary(),
      },
      redis: { state, failures, ...counts.redis.summary() },
      generation: this.generations.stats(),
      kinds: counts.byKind(),
      survived: counts.survived,
      shared: counts.shared,
      not_modified: counts.notModified,
    };
  }

  /** Invalidates the entries of all instances: the number of flushes is part of the generation. */
  @Post('flush')
  @Requires('admin')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'flushCache',
    summary: 'Empty the cache of every instance',
    description: 'A flush is not needed for correctness. Use it to free memory or to measure a cold cache.',
  })
  @idempotencyKey
  @ApiResponse({ status: 200, description: 'The cache is empty.', type: CacheFlushDto })
  @ApiProblems('invalid_parameter', 'invalid_header', ...IDEMPOTENCY_PROBLEMS)
  async flush(): Promise<Representation> {
    await this.database.query('UPDATE cache_generations SET flushes = flushes + 1 WHERE shard = 0');
    const { entries } = this.memoryCache.size;
    this.memoryCache.clear();
    return Representation.of({ memory: entries, redis: await this.redisCache.flush() } satisfies CacheFlushDto);
  }
}

import { Global, Module } from '@nestjs/common';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { AnswerMemory } from './answer-memory';
import { AnswerSender } from './answer-sender';
import { CacheCounts } from './cache-counts';
import { CacheHealth } from './cache.health';
import { CacheController } from './cache.controller';
import { CacheInterceptor } from './cache.interceptor';
import { CacheNamespace } from './cache-namespace';
import { CacheWarmer } from './cache-warmer';
import { Dependencies } from './dependencies';
import { Generations } from './generations';
import { KeptAnswers } from './kept-answers';
import { Questions } from './questions';
import { ResponseCache } from './response-cache';
import { SharedAnswers, sharedStore } from './shared-answers';

/** Answers that are kept and never stale (docs/adr/0010). */
@Global()
@Module({
  imports: [HealthIndicatorsModule, sharedStore],
  controllers: [CacheController],
  providers: [
    AnswerMemory,
    AnswerSender,
    CacheCounts,
    CacheHealth,
    CacheInterceptor,
    CacheNamespace,
    CacheWarmer,
    Dependencies,
    Generations,
    KeptAnswers,
    Questions,
    ResponseCache,
    SharedAnswers,
  ],
  exports: [AnswerMemory, CacheCounts, CacheInterceptor, Dependencies, Generations, KeptAnswers],
})
export class CacheModule {}

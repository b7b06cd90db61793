import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RedisModule } from '../redis/redis.module';
import { ShutdownModule } from '../shutdown/shutdown.module';
import { CacheController } from './cache.controller';
import { HealthController } from './health.controller';
import { CacheModule } from '../cache/cache.module';
import { GenerationsModule } from '../generations/generations.module';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { HealthReportController } from './health-report.controller';

/** Probes for orchestrators, and a report for people; every module adds its own indicators. */
@Module({
  imports: [
    TerminusModule.forRoot({ logger: false, errorLogStyle: 'json' }),
    HealthIndicatorsModule,
    CacheModule,
    GenerationsModule,
    RedisModule,
    ShutdownModule,
  ],
  controllers: [CacheController, HealthController, HealthReportController],
})
export class OperationsModule {}

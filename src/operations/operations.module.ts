import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CacheModule } from '../cache/cache.module';
import type { Config } from '../config/config';
import { GenerationsModule } from '../generations/generations.module';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { InstrumentationModule } from '../instrumentation/instrumentation.module';
import { RedisModule } from '../redis/redis.module';
import { ShutdownModule } from '../shutdown/shutdown.module';
import { TelemetryModule } from '../telemetry/telemetry.module';
import { CacheController } from './cache.controller';
import { HealthController } from './health.controller';
import { HealthReportController } from './health-report.controller';
import { RootController } from './root.controller';
import { RuntimeController } from './runtime.controller';
import { ScrapeController } from './scrape.controller';
import { ScrapeServer } from './scrape-server';

/** The endpoints for operators: health, cache, runtime summary and Prometheus metrics. */
@Module({})
export class OperationsModule {
  static of(config: Config): DynamicModule {
    // With METRICS_PORT, metrics are on that port alone.
    const hasOwnPort = config.METRICS_PORT !== 0;
    return {
      module: OperationsModule,
      imports: [
        CacheModule,
        GenerationsModule,
        HealthIndicatorsModule,
        InstrumentationModule,
        RedisModule,
        ShutdownModule,
        TelemetryModule.of(config),
        TerminusModule.forRoot({ logger: false, errorLogStyle: 'json' }),
      ],
      controllers: [
        RootController,
        HealthController,
        HealthReportController,
        CacheController,
        RuntimeController,
        ...(hasOwnPort ? [] : [ScrapeController]),
      ],
      providers: hasOwnPort ? [ScrapeServer] : [],
    };
  }
}

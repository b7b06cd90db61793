import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register, Registry } from 'prom-client';
import type { Config } from '../config/config';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { CacheModule } from '../cache/cache.module';
import { GenerationsModule } from '../generations/generations.module';
import { InstrumentationModule } from '../instrumentation/instrumentation.module';
import { RedisModule } from '../redis/redis.module';
import { ShutdownModule } from '../shutdown/shutdown.module';
import { TimingModule } from '../timing/timing.module';
import { LoggingModule } from '../logging/logging.module';
import { isRedisConfigured } from '../redis/redis-client';
import { ThrottlingModule } from '../throttling/throttling.module';
import { AuthenticationFailures, authenticationInstruments } from './authentication-failures';
import { cacheInstruments } from './cache-instruments';
import { databaseInstruments } from './database-instruments';
import { DocumentCounts, documentInstruments } from './document-counts';
import { EventLoop } from './event-loop';
import { httpInstruments } from './http-instruments';
import { HttpMeasurements } from './http-measurements';
import { registryOf } from './instruments';
import { ProcessHealth } from './process.health';
import { processInstruments } from './process-instruments';
import { redisInstruments } from './redis-instruments';
import { throttlingInstruments } from './throttling-instruments';

/** The default metrics measure the process: they exist once, even if tests start several applications in it. */
const hasDefaultMetrics = () => register.getSingleMetric('process_cpu_seconds_total') !== undefined;

/** What the service measures of itself (docs/adr/0004-telemetry-and-metrics.md). Exports the registry for scrapes. */
@Module({})
export class TelemetryModule {
  static of(config: Config): DynamicModule {
    const prometheus = PrometheusModule.register({ defaultMetrics: { enabled: !hasDefaultMetrics() } });
    const instruments = [
      ...authenticationInstruments,
      ...cacheInstruments,
      ...databaseInstruments,
      ...documentInstruments,
      ...httpInstruments,
      ...processInstruments,
      ...(isRedisConfigured(config) ? redisInstruments : []),
      ...throttlingInstruments,
    ];
    return {
      module: TelemetryModule,
      imports: [
        // Without the package's controller, which serves the global registry: see operations/scrape.controller.ts.
        { ...prometheus, controllers: [] },
        HealthIndicatorsModule,
        InstrumentationModule,
        CacheModule,
        GenerationsModule,
        RedisModule,
        ShutdownModule,
        TimingModule,
        LoggingModule,
        ThrottlingModule,
      ],
      providers: [
        AuthenticationFailures,
        DocumentCounts,
        EventLoop,
        HttpMeasurements,
        ProcessHealth,
        ...instruments,
        registryOf(instruments),
      ],
      exports: [Registry, EventLoop, HttpMeasurements],
    };
  }
}

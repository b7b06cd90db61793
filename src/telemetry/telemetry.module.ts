import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import type { Config } from '../config/config';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { CacheModule } from '../cache/cache.module';
import { GenerationsModule } from '../generations/generations.module';
import { InstrumentationModule } from '../instrumentation/instrumentation.module';
import { RedisModule } from '../redis/redis.module';
import { ShutdownModule } from '../shutdown/shutdown.module';
import { TimingModule } from '../timing/timing.module';
import { LoggingModule } from '../logging/logging.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { CacheInstruments } from './cache-instruments';
import { ClientInstruments } from './client-instruments';
import { DatabaseInstruments } from './database-instruments';
import { DocumentInstruments } from './document-instruments';
import { EventLoop } from './event-loop';
import { HttpInstruments } from './http-instruments';
import { ProcessHealth } from './process.health';
import { ProcessInstruments } from './process-instruments';
import { RedisInstruments } from './redis-instruments';
import { RuntimeController } from '../operations/runtime.controller';
import { RuntimeSummary } from '../operations/runtime-summary';
import { ScrapeController } from '../operations/scrape.controller';
import { ScrapeServer } from '../operations/scrape-server';
import { Series } from './series';

/** The package wants a controller in any case. */
@Controller()
class NoController {}

/** A process has one memory and one event loop, however many apps tests start in it. */
const isMeasured = () => register.getSingleMetric('process_cpu_seconds_total') !== undefined;

/** What the service measures of itself (docs/adr/0004). */
@Module({})
export class TelemetryModule {
  static of({ METRICS_PORT }: Config): DynamicModule {
    return {
      module: TelemetryModule,
      // The controller of the package is a guest in another module.
      global: true,
      imports: [
        PrometheusModule.register({
          controller: METRICS_PORT === 0 ? ScrapeController : NoController,
          defaultMetrics: { enabled: !isMeasured() },
        }),
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
      controllers: [RuntimeController],
      providers: [
        Series,
        EventLoop,
        CacheInstruments,
        ClientInstruments,
        DatabaseInstruments,
        DocumentInstruments,
        HttpInstruments,
        ProcessHealth,
        ProcessInstruments,
        RedisInstruments,
        RuntimeSummary,
        ScrapeServer,
      ],
      exports: [Series],
    };
  }
}

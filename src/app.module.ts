import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AuthModule } from './auth/auth.module';
import { BodyModule } from './body/body.module';
import { CacheInterceptor } from './cache/cache.interceptor';
import { CacheModule } from './cache/cache.module';
import type { Config } from './config/config';
import { ConfigModule } from './config/config.module';
import { DatabaseModule } from './database/database.module';
import { DocumentsModule } from './documents/documents.module';
import { DomainsModule } from './domains/domains.module';
import { ExportModule } from './exchange/export/export.module';
import { ImportsModule } from './exchange/http/imports.module';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor';
import { IdempotencyModule } from './idempotency/idempotency.module';
import { IdentityModule } from './identity/identity.module';
import { InstrumentationModule } from './instrumentation/instrumentation.module';
import { LoggingModule } from './logging/logging.module';
import { MetricsModule } from './metrics/metrics.module';
import { ObjectivesModule } from './objectives/objectives.module';
import { OperationsModule } from './operations/operations.module';
import { ProblemsModule } from './problems/problems.module';
import { RepresentationInterceptor } from './responses/representation';
import { ResponsesModule } from './responses/responses.module';
import { ShutdownModule } from './shutdown/shutdown.module';
import { PoolShareInterceptor } from './throttling/pool-share.interceptor';
import { ThrottlingModule } from './throttling/throttling.module';
import { TimingInterceptor } from './timing/timing.interceptor';
import { TimingModule } from './timing/timing.module';

/** One folder, one migration and one line here make a resource (CONTRIBUTING.md). */
const resources = [DomainsModule, MetricsModule, ObjectivesModule];

/** In the order in which a request passes them. The cache is first: a hit passes no other. */
const interceptors = [
  CacheInterceptor,
  TimingInterceptor,
  PoolShareInterceptor,
  RepresentationInterceptor,
  IdempotencyInterceptor,
];

@Module({})
export class AppModule {
  /** @param moreResources modules of resources that exist only in tests */
  static of(config: Config, moreResources: readonly Type[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(config),
        IdentityModule,
        InstrumentationModule,
        ProblemsModule,
        DatabaseModule,
        LoggingModule,
        BodyModule,
        ResponsesModule,
        TimingModule,
        IdempotencyModule,
        ShutdownModule,
        ThrottlingModule,
        CacheModule,
        AuthModule.of(config),
        DocumentsModule,
        ExportModule,
        ...moreResources,
        ...resources,
        ImportsModule,
        OperationsModule.of(config),
      ],
      providers: interceptors.map((interceptor) => ({ provide: APP_INTERCEPTOR, useExisting: interceptor })),
    };
  }
}

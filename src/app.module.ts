import { type DynamicModule, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AccountsModule } from './auth/accounts/accounts.module';
import { AuthModule } from './auth/auth.module';
import type { Config } from './config/config';
import { CacheInterceptor } from './cache/cache.interceptor';
import { CacheModule } from './cache/cache.module';
import { ConfigModule } from './config/config.module';
import { DatabaseModule } from './database/database.module';
import { DocumentsModule } from './documents/documents.module';
import { DomainsModule } from './domains/domains.module';
import { OperationsModule } from './operations/operations.module';
import { HttpModule } from './server/http.module';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor';
import { RepresentationInterceptor } from './responses/representation';
import { TimingInterceptor } from './timing/timing.interceptor';
import { LoggingModule } from './logging/logging.module';
import { MetricsModule } from './metrics/metrics.module';
import { ObjectivesModule } from './objectives/objectives.module';
import { PaginationModule } from './pagination/pagination.module';
import { RedisModule } from './redis/redis.module';
import { ThrottlingModule } from './throttling/throttling.module';

const concerns = [
  LoggingModule,
  DatabaseModule,
  HttpModule,
  PaginationModule,
  RedisModule,
  CacheModule,
  AuthModule,
  DocumentsModule,
  ThrottlingModule,
];
const resources = [DomainsModule, MetricsModule, ObjectivesModule];

/** In the order in which a request meets them: what is kept is answered before it comes to the others. */
const interceptors = [TimingInterceptor, CacheInterceptor, RepresentationInterceptor, IdempotencyInterceptor];

@Module({})
export class AppModule {
  static of(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(config),
        ...concerns,
        ...(config.AUTH_LOCAL ? [AccountsModule] : []),
        ...resources,
        OperationsModule.of(config),
      ],
      providers: interceptors.map((interceptor) => ({ provide: APP_INTERCEPTOR, useExisting: interceptor })),
    };
  }
}

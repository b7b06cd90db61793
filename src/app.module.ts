import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config/config';
import { CacheModule } from './cache/cache.module';
import { ConfigModule } from './config/config.module';
import { DatabaseModule } from './database/database.module';
import { DocumentsModule } from './documents/documents.module';
import { DomainsModule } from './domains/domains.module';
import { HealthModule } from './health/health.module';
import { HttpModule } from './http/http.module';
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
  DocumentsModule,
  HealthModule,
  ThrottlingModule,
];
const resources = [DomainsModule, MetricsModule, ObjectivesModule];

@Module({})
export class AppModule {
  static of(config: Config): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.of(config), ...concerns, ...resources] };
  }
}

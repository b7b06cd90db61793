import { Module } from '@nestjs/common';
import { Config } from '../config/config';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { CacheSettings } from './cache-settings';
import { DatabaseHealth } from './database.health';
import { GenerationReaderFactory } from './generation-reader';
import { Generations } from './generations';
import { ResourceDependencies } from './resource-dependencies';

/** The generation of the database, against which the response cache and authentication are validated. */
@Module({
  imports: [HealthIndicatorsModule],
  providers: [
    { provide: CacheSettings, inject: [Config], useFactory: (config: Config): CacheSettings => config },
    DatabaseHealth,
    GenerationReaderFactory,
    Generations,
    ResourceDependencies,
  ],
  exports: [CacheSettings, Generations, ResourceDependencies],
})
export class GenerationsModule {}

import { Module } from '@nestjs/common';
import { Config } from '../config/config';
import { CacheSettings } from './cache-settings';
import { GenerationReaderFactory } from './generation-reader';
import { Generations } from './generations';
import { ResourceDependencies } from './resource-dependencies';

/** The generation of the database, against which the response cache and authentication are validated. */
@Module({
  providers: [
    { provide: CacheSettings, inject: [Config], useFactory: (config: Config): CacheSettings => config },
    GenerationReaderFactory,
    Generations,
    ResourceDependencies,
  ],
  exports: [CacheSettings, Generations, ResourceDependencies],
})
export class GenerationsModule {}

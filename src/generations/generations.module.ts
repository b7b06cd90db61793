import { Module } from '@nestjs/common';
import { GenerationSources } from './generation-source';
import { Generations } from './generations';
import { ResourceDependencies } from './resource-dependencies';

/** The generation of the database, against which the response cache and authentication are validated. */
@Module({
  providers: [Generations, GenerationSources, ResourceDependencies],
  exports: [Generations, ResourceDependencies],
})
export class GenerationsModule {}

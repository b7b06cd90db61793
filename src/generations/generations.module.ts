import { Module } from '@nestjs/common';
import { Generations } from './generations';
import { ResourceDependencies } from './resource-dependencies';

/** The generation of the database: what the response cache and authentication are validated against. */
@Module({ providers: [Generations, ResourceDependencies], exports: [Generations, ResourceDependencies] })
export class GenerationsModule {}

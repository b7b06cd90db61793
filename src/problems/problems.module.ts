import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ErrorMapper } from './error-mapper';
import { ProblemFilter } from './problem.filter';

/** Sends every error as a problem. Other modules register the mappings of their errors. */
@Module({
  providers: [ErrorMapper, { provide: APP_FILTER, useClass: ProblemFilter }],
  exports: [ErrorMapper],
})
export class ProblemsModule {}

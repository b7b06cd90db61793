import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ErrorMapper } from './error-mapper';
import { ProblemFilter } from './problem.filter';

/** One shape for every error. Other modules register how their errors map to problems. */
@Module({
  providers: [ErrorMapper, { provide: APP_FILTER, useClass: ProblemFilter }],
  exports: [ErrorMapper],
})
export class ProblemsModule {}

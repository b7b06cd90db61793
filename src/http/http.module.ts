import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SchemaPipe } from '../validation/schema.pipe';
import { Drain } from './drain';
import { HandlerTimes } from './handler-times';
import { IdempotencyKey } from './idempotency-key.entity';
import { IdempotencyInterceptor } from './idempotency.interceptor';
import { ProblemFilter } from './problem.filter';
import { QueryGuard } from './query.guard';
import { RepresentationInterceptor } from './representation';
import { RequestEnds } from './request-ends';
import { TimingInterceptor } from './timing.interceptor';

/** What every route has in common; `app.module.ts` puts the interceptors in their order. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKey])],
  providers: [
    Drain,
    HandlerTimes,
    ProblemFilter,
    RequestEnds,
    { provide: APP_FILTER, useExisting: ProblemFilter },
    { provide: APP_GUARD, useClass: QueryGuard },
    { provide: APP_PIPE, useClass: SchemaPipe },
    TimingInterceptor,
    RepresentationInterceptor,
    IdempotencyInterceptor,
  ],
  exports: [
    Drain,
    HandlerTimes,
    ProblemFilter,
    RequestEnds,
    TimingInterceptor,
    RepresentationInterceptor,
    IdempotencyInterceptor,
  ],
})
export class HttpModule {}

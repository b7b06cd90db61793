import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SchemaPipe } from '../body/schema.pipe';
import { Drain } from '../shutdown/drain';
import { HandlerTimes } from '../timing/handler-times';
import { IdempotencyKey } from '../idempotency/idempotency-key.entity';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor';
import { ProblemFilter } from '../problems/problem.filter';
import { QueryGuard } from './query.guard';
import { RepresentationInterceptor } from '../responses/representation';
import { RequestCompletion } from '../instrumentation/request-completion';
import { TimingInterceptor } from '../timing/timing.interceptor';

/** What every route has in common; `app.module.ts` puts the interceptors in their order. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKey])],
  providers: [
    Drain,
    HandlerTimes,
    ProblemFilter,
    RequestCompletion,
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
    RequestCompletion,
    TimingInterceptor,
    RepresentationInterceptor,
    IdempotencyInterceptor,
  ],
})
export class HttpModule {}

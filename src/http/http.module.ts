import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SchemaPipe } from '../validation/schema.pipe';
import { Drain } from './drain';
import { HandlerDeadlines } from './handler-deadlines';
import { HandlerTimes } from './handler-times';
import { IdempotencyKey } from './idempotency-key.entity';
import { IdempotencyInterceptor } from './idempotency.interceptor';
import { ProblemFilter } from './problem.filter';
import { QueryGuard } from './query.guard';
import { RepresentationInterceptor } from './representation';
import { TimingInterceptor } from './timing.interceptor';

/** What every route has in common; the order of the interceptors is the order in which a request meets them. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKey])],
  providers: [
    Drain,
    HandlerDeadlines,
    HandlerTimes,
    ProblemFilter,
    { provide: APP_FILTER, useExisting: ProblemFilter },
    { provide: APP_GUARD, useClass: QueryGuard },
    { provide: APP_PIPE, useClass: SchemaPipe },
    { provide: APP_INTERCEPTOR, useClass: TimingInterceptor },
    { provide: APP_INTERCEPTOR, useClass: RepresentationInterceptor },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  ],
  exports: [Drain, HandlerTimes, ProblemFilter],
})
export class HttpModule {}

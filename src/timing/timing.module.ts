import { Module } from '@nestjs/common';
import { ProblemsModule } from '../problems/problems.module';
import { HandlerTimes, TimingInterceptor } from './timing.interceptor';

/** Measures handlers and bounds their time. */
@Module({
  imports: [ProblemsModule],
  providers: [HandlerTimes, TimingInterceptor],
  exports: [HandlerTimes, TimingInterceptor],
})
export class TimingModule {}

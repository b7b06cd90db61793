import { Module } from '@nestjs/common';
import { RequestCompletion } from './request-completion';

/** What measurement of every kind starts from. */
@Module({ providers: [RequestCompletion], exports: [RequestCompletion] })
export class InstrumentationModule {}

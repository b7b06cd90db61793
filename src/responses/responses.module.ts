import { Module } from '@nestjs/common';
import { RepresentationInterceptor } from './representation';

/** How responses are sent: representations, conditional requests, compression. */
@Module({ providers: [RepresentationInterceptor], exports: [RepresentationInterceptor] })
export class ResponsesModule {}

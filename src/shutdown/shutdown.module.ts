import { Module } from '@nestjs/common';
import { Drain } from './drain';

/** Graceful shutdown. */
@Module({ providers: [Drain], exports: [Drain] })
export class ShutdownModule {}

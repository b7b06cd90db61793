import { Module } from '@nestjs/common';
import { Cursors } from './cursor';

/** Keyset (cursor) and page pagination. */
@Module({ providers: [Cursors], exports: [Cursors] })
export class PaginationModule {}

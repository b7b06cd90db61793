import { Global, Module } from '@nestjs/common';
import { Cursors } from './cursor';

@Global()
/** Keyset (cursor) and page pagination. */
@Module({ providers: [Cursors], exports: [Cursors] })
export class PaginationModule {}

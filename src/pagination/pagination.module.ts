import { Global, Module } from '@nestjs/common';
import { Cursors } from './cursor';

@Global()
@Module({ providers: [Cursors], exports: [Cursors] })
export class PaginationModule {}

import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GenerationsModule } from '../generations/generations.module';
import { PaginationModule } from '../pagination/pagination.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { Bulk } from './bulk/bulk';
import { DocumentStores } from './document-stores';
import { DocumentWriter } from './write/document-writer';
import { DocumentEngine } from './document-engine';
import { ExportFormats } from './read/export-formats';
import { RunningExports } from './read/running-exports';
import { ReferenceGraph } from './references/reference-graph';
import { References } from './references/references';
import { RowLocks } from './references/row-locks';
import { Revision } from './revisions/revision.entity';

/** The JSONB document store that resources share. */
@Global()
@Module({
  imports: [GenerationsModule, PaginationModule, ThrottlingModule, TypeOrmModule.forFeature([Revision])],
  providers: [
    Bulk,
    DocumentEngine,
    DocumentStores,
    DocumentWriter,
    ExportFormats,
    ReferenceGraph,
    References,
    RowLocks,
    RunningExports,
  ],
  exports: [Bulk, DocumentStores, ExportFormats, References, RunningExports],
})
export class DocumentsModule {}

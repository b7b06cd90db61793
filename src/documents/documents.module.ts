import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Bulk } from './bulk';
import { DocumentStores } from './document-stores';
import { DocumentWriter } from './document-writer';
import { DocumentEngine } from './document-engine';
import { ReferenceGraph } from './reference-graph';
import { ReferenceLocks } from './reference-locks';
import { ReferenceMover } from './reference-mover';
import { References } from './references';
import { Revision } from './revision.entity';
import { Revisions } from './revisions';

/** How a resource's documents are stored, found, checked and remembered. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Revision])],
  providers: [
    Bulk,
    DocumentEngine,
    DocumentStores,
    DocumentWriter,
    ReferenceGraph,
    ReferenceLocks,
    ReferenceMover,
    References,
    Revisions,
  ],
  exports: [Bulk, DocumentStores],
})
export class DocumentsModule {}

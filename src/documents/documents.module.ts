import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Bulk } from './bulk';
import { DocumentStores } from './document-stores';
import { DocumentWriter } from './document-writer';
import { ReferenceGraph } from './reference-graph';
import { ReferenceMover } from './reference-mover';
import { References } from './references';
import { Revision } from './revision.entity';
import { Revisions } from './revisions';

/** How a resource's documents are stored, found, checked and remembered. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Revision])],
  providers: [Bulk, DocumentStores, DocumentWriter, ReferenceGraph, ReferenceMover, References, Revisions],
  exports: [Bulk, DocumentStores],
})
export class DocumentsModule {}

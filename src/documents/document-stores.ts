import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Cursors } from '../pagination/cursor';
import { Bulk } from './bulk';
import type { DocumentDefinition } from './document-definition';
import { DocumentReader } from './document-reader';
import { DocumentStore } from './document-store';
import { DocumentWriter } from './document-writer';
import { ReferenceGraph } from './reference-graph';
import { ReferenceMover } from './reference-mover';
import { References } from './references';
import { Revisions } from './revisions';

/** Makes the store of each resource and knows them all; tests walk through it, so a new resource is covered unlisted. */
@Injectable()
export class DocumentStores {
  private readonly stores: DocumentStore<object>[] = [];

  constructor(
    private readonly database: Database,
    private readonly writer: DocumentWriter,
    private readonly references: References,
    private readonly graph: ReferenceGraph,
    private readonly mover: ReferenceMover,
    private readonly revisions: Revisions,
    private readonly cursors: Cursors,
    private readonly bulk: Bulk,
  ) {}

  of<Document extends object>(definition: DocumentDefinition<Document>): DocumentStore<Document> {
    this.references.register(definition);
    const reader = new DocumentReader(definition, this.database, this.references, this.revisions, this.cursors);
    const store = new DocumentStore(
      definition,
      reader,
      this.database,
      this.writer,
      this.references,
      this.graph,
      this.mover,
      this.revisions,
      this.bulk,
    );
    this.stores.push(store);
    return store;
  }

  get all(): readonly DocumentStore<object>[] {
    return this.stores;
  }
}

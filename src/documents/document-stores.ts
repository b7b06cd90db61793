import { Injectable } from '@nestjs/common';
import { ResourceDependencies } from '../generations/resource-dependencies';
import { Cursors } from '../pagination/cursor';
import type { DocumentDefinition } from './definition/document-definition';
import { DocumentEngine } from './document-engine';
import { DocumentReader } from './read/document-reader';
import { ExportFormats } from './read/export-formats';
import { DocumentStore } from './document-store';

/** Creates the store of each resource. Tests iterate over all stores, so they cover new resources. */
@Injectable()
export class DocumentStores {
  private readonly stores: DocumentStore<object>[] = [];

  constructor(
    private readonly engine: DocumentEngine,
    private readonly cursors: Cursors,
    private readonly dependencies: ResourceDependencies,
    private readonly formats: ExportFormats,
  ) {}

  of<Document extends object>(definition: DocumentDefinition<Document>): DocumentStore<Document> {
    const { database, references } = this.engine;
    references.register(definition);
    const links = (definition.references ?? []).filter(({ column }) => column !== undefined);
    this.dependencies.register(
      definition.resource,
      links.map(({ to }) => to),
      definition.derive !== undefined,
    );
    const reader = new DocumentReader(definition, database, references, this.cursors, this.formats);
    const store = new DocumentStore(definition, reader, this.engine);
    this.stores.push(store);
    return store;
  }

  get all(): readonly DocumentStore<object>[] {
    return this.stores;
  }
}

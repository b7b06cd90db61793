import { Body, Controller, Param, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { BulkQuery } from '../../../src/documents/bulk/bulk-query';
import type { DocumentStore } from '../../../src/documents/document-store';
import { DocumentStores } from '../../../src/documents/document-stores';
import { RevertDto } from '../../../src/documents/openapi/documents.dto';
import type { HistoryQuery, ItemQuery, RevisionQuery } from '../../../src/documents/query/item-query';
import type { ListQuery } from '../../../src/documents/query/list-query';
import {
  BulkRoute,
  CreateRoute,
  ExportRoute,
  ListRoute,
  StatsRoute,
} from '../../../src/documents/routes/collection-routes';
import {
  DeleteRoute,
  PatchRoute,
  ReadRoute,
  ReplaceRoute,
  RestoreRoute,
} from '../../../src/documents/routes/item-routes';
import { RevertRoute, RevisionRoute, RevisionsRoute } from '../../../src/documents/routes/revision-routes';
import type { MergePatch } from '../../../src/documents/write/merge-patch';
import { Write, type WriteRequest } from '../../../src/documents/write/write-request';
import { type Author, RequestAuthor } from '../../../src/identity/author';
import type { Representation } from '../../../src/responses/representation';
import { RequestQuery } from '../../../src/routing/query-parameters';
import { RequestPath } from '../../../src/routing/route';
import { TermDto } from './dto/term.dto';
import { termDefinition as definition } from './term.definition';
import type { TermDocument } from './term.entity';

@ApiTags('terms')
@Controller({ path: 'terms', version: '1' })
export class TermsController {
  private readonly store: DocumentStore<TermDocument>;

  constructor(documents: DocumentStores) {
    this.store = documents.of(definition);
  }

  @ListRoute(definition)
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.store.reader.list(query, path);
  }

  @CreateRoute(definition)
  create(@Body() term: TermDto, @RequestAuthor() author: Author): Promise<Representation> {
    return this.store.create(term, author);
  }

  @BulkRoute(definition)
  bulk(@Body() body: unknown, @RequestQuery() query: BulkQuery, @RequestAuthor() author: Author) {
    return this.store.bulk(body, query, author);
  }

  @ExportRoute(definition)
  export(@RequestQuery() query: ListQuery): Promise<StreamableFile> {
    return this.store.reader.export(query);
  }

  @StatsRoute(definition)
  stats(): Promise<Representation> {
    return this.store.reader.stats();
  }

  @ReadRoute(definition)
  read(@Param('key') key: string, @RequestQuery() query: ItemQuery): Promise<Representation> {
    return this.store.reader.read(key, query);
  }

  @ReplaceRoute(definition)
  replace(@Body() term: TermDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.store.replace(term, write);
  }

  @PatchRoute(definition)
  patch(@Body() patch: MergePatch, @Write() write: WriteRequest): Promise<Representation> {
    return this.store.patch(patch, write);
  }

  @DeleteRoute(definition)
  remove(@Write() write: WriteRequest): Promise<Representation> {
    return this.store.remove(write);
  }

  @RestoreRoute(definition)
  restore(@Write() write: WriteRequest): Promise<Representation> {
    return this.store.restore(write);
  }

  @RevisionsRoute(definition)
  revisions(@Param('key') key: string, @RequestQuery() query: HistoryQuery, @RequestPath() path: string) {
    return this.store.reader.listRevisions(key, query, path);
  }

  @RevisionRoute(definition)
  revision(@Param('key') key: string, @Param('version') version: string, @RequestQuery() query: RevisionQuery) {
    return this.store.reader.readRevision(key, version, query);
  }

  @RevertRoute(definition)
  revert(@Body() { version }: RevertDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.store.revert(version, write);
  }
}

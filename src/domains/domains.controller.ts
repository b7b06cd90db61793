import { Body, Controller, Param, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { BulkQuery } from '../documents/bulk/bulk-query';
import { RevertDto } from '../documents/openapi/documents.dto';
import type { HistoryQuery, ItemQuery, RevisionQuery } from '../documents/query/item-query';
import type { ListQuery } from '../documents/query/list-query';
import { BulkRoute, CreateRoute, ExportRoute, ListRoute, StatsRoute } from '../documents/routes/collection-routes';
import { DeleteRoute, PatchRoute, ReadRoute, ReplaceRoute, RestoreRoute } from '../documents/routes/item-routes';
import { RevertRoute, RevisionRoute, RevisionsRoute } from '../documents/routes/revision-routes';
import type { MergePatch } from '../documents/write/merge-patch';
import { Write, type WriteRequest } from '../documents/write/write-request';
import { type Author, RequestAuthor } from '../identity/author';
import type { Representation } from '../responses/representation';
import { RequestQuery } from '../routing/query-parameters';
import { RequestPath } from '../routing/route';
import { domainDefinition as definition } from './domain.definition';
import { DomainsService } from './domains.service';
import { DomainDto } from './dto/domain.dto';
import { type MoveToQuery, MoveToParameter } from './move-to.parameter';

@ApiTags('domains')
@Controller({ path: 'domains', version: '1' })
export class DomainsController {
  constructor(private readonly domains: DomainsService) {}

  @ListRoute(definition)
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.domains.store.reader.list(query, path);
  }

  @CreateRoute(definition)
  create(@Body() domain: DomainDto, @RequestAuthor() author: Author): Promise<Representation> {
    return this.domains.store.create(domain, author);
  }

  @BulkRoute(definition)
  bulk(@Body() body: unknown, @RequestQuery() query: BulkQuery, @RequestAuthor() author: Author) {
    return this.domains.store.bulk(body, query, author);
  }

  @ExportRoute(definition)
  export(@RequestQuery() query: ListQuery): Promise<StreamableFile> {
    return this.domains.store.reader.export(query);
  }

  @StatsRoute(definition)
  stats(): Promise<Representation> {
    return this.domains.store.reader.stats();
  }

  @ReadRoute(definition)
  read(@Param('key') key: string, @RequestQuery() query: ItemQuery): Promise<Representation> {
    return this.domains.store.reader.read(key, query);
  }

  @ReplaceRoute(definition)
  replace(@Body() domain: DomainDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.domains.store.replace(domain, write);
  }

  @PatchRoute(definition)
  patch(@Body() patch: MergePatch, @Write() write: WriteRequest): Promise<Representation> {
    return this.domains.store.patch(patch, write);
  }

  @DeleteRoute(definition, MoveToParameter)
  remove(@RequestQuery() { values }: MoveToQuery, @Write() write: WriteRequest): Promise<Representation> {
    return this.domains.remove(values.move_to, write);
  }

  @RestoreRoute(definition)
  restore(@Write() write: WriteRequest): Promise<Representation> {
    return this.domains.store.restore(write);
  }

  @RevisionsRoute(definition)
  revisions(@Param('key') key: string, @RequestQuery() query: HistoryQuery, @RequestPath() path: string) {
    return this.domains.store.reader.listRevisions(key, query, path);
  }

  @RevisionRoute(definition)
  revision(@Param('key') key: string, @Param('version') version: string, @RequestQuery() query: RevisionQuery) {
    return this.domains.store.reader.readRevision(key, version, query);
  }

  @RevertRoute(definition)
  revert(@Body() { version }: RevertDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.domains.store.revert(version, write);
  }
}

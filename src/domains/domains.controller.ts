import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, type StreamableFile } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import { Throttle } from '@nestjs/throttler';
import { Requires } from '../auth/roles/requires.decorator';
import { Cached } from '../cache/cached.decorator';
import { ApiKey } from '../documents/openapi/documentation-parts';
import {
  ApiDocument,
  ApiDocumentList,
  ApiExport,
  ApiRevision,
  ApiRevisions,
  ApiStatistics,
} from '../documents/openapi/read-documentation';
import {
  ApiBulk,
  ApiDocumentCreation,
  ApiDocumentPatch,
  ApiDocumentRemoval,
  ApiDocumentReplacement,
  ApiDocumentRestoration,
  ApiDocumentReversion,
} from '../documents/openapi/write-documentation';
import { type BulkQuery, bulkQuery } from '../documents/bulk/bulk-request';
import { exportQuery } from '../documents/read/document-export';
import { type ItemQuery, itemQuery } from '../documents/query/item-query';
import { RevertDto } from '../documents/openapi/documents.dto';
import { type ListQuery, listQuery } from '../documents/query/list-query';
import { type HistoryQuery, historyQuery, type RevisionQuery, revisionQuery } from '../documents/revisions/revisions';
import { type Author, RequestAuthor } from '../identity/author';
import { BULK_ROUTE } from '../body/media-types';
import type { MergePatch } from '../documents/write/merge-patch';
import { type Preconditions, WritePreconditions } from '../responses/preconditions';
import type { Representation } from '../responses/representation';
import { RequestPath } from '../routing/request-path';
import { SetRouteOptions } from '../routing/route-options';
import { RequestQuery, textParameters } from '../routing/query-parameters';
import { CreateDomainDto } from './dto/create-domain.dto';
import { DomainDto } from './dto/domain.dto';
import { domainDefinition as definition } from './domain.definition';
import { DomainsService } from './domains.service';

@ApiTags('domains')
@Controller({ path: 'domains', version: '1' })
export class DomainsController {
  constructor(private readonly domains: DomainsService) {}

  @Get()
  @Requires('viewer')
  @Cached(definition, 'list', listQuery(definition))
  @ApiDocumentList(definition, DomainDto, 'List domains')
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.domains.store.reader.list(query, path);
  }

  @Post()
  @Requires('editor')
  @ApiDocumentCreation(definition, CreateDomainDto, DomainDto, 'Create a domain')
  create(@Body() domain: CreateDomainDto, @RequestAuthor() author: Author): Promise<Representation> {
    return this.domains.store.create(domain, author);
  }

  @Post('bulk')
  @Throttle({ bulk: {} })
  @Requires('editor')
  @HttpCode(200)
  @SetRouteOptions({ ...BULK_ROUTE, query: bulkQuery })
  @ApiBulk(CreateDomainDto, 'Create or replace many domains')
  bulk(
    @Body() body: unknown,
    @RequestQuery() query: BulkQuery,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.domains.store.bulk(body, query, author);
  }

  @Get('export')
  @Throttle({ export: {} })
  @Requires('viewer')
  @SetRouteOptions({ query: exportQuery(definition) })
  @ApiExport(definition, 'Export domains')
  export(@RequestQuery() query: ListQuery): StreamableFile {
    return this.domains.store.reader.export(query);
  }

  @Get('stats')
  @Requires('viewer')
  @Cached(definition, 'stats')
  @ApiStatistics(definition, 'Count domains by facet')
  stats(): Promise<Representation> {
    return this.domains.store.reader.stats();
  }

  @Get(':key')
  @Requires('viewer')
  @Cached(definition, 'item', itemQuery(definition))
  @ApiKey(definition, 'revenue')
  @ApiDocument(definition, DomainDto, 'Read a domain')
  read(@Param('key') key: string, @RequestQuery() query: ItemQuery): Promise<Representation> {
    return this.domains.store.reader.read(key, query);
  }

  @Put(':key')
  @Requires('editor')
  @ApiKey(definition, 'revenue')
  @ApiDocumentReplacement(definition, CreateDomainDto, DomainDto, 'Replace or create a domain')
  replace(
    @Param('key') key: string,
    @Body() domain: CreateDomainDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.domains.store.replace(key, domain, preconditions, author);
  }

  @Patch(':key')
  @Requires('editor')
  @ApiKey(definition, 'revenue')
  @ApiDocumentPatch(definition, CreateDomainDto, DomainDto, 'Change parts of a domain')
  patch(
    @Param('key') key: string,
    @Body() patch: MergePatch,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.domains.store.patch(key, patch, preconditions, author);
  }

  @Delete(':key')
  @Requires('editor')
  @ApiKey(definition, 'revenue')
  @SetRouteOptions({ query: textParameters('move_to') })
  @ApiDocumentRemoval('Delete a domain')
  @ApiQuery({
    name: 'move_to',
    required: false,
    description: 'The domain that gets what belongs to this one.',
    schema: { type: 'string' },
  })
  remove(
    @Param('key') key: string,
    @RequestQuery() { values: { move_to } }: { values: { move_to?: string } },
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.domains.remove(key, move_to, preconditions, author);
  }

  @Post(':key/restore')
  @Requires('editor')
  @HttpCode(200)
  @ApiKey(definition, 'revenue')
  @ApiDocumentRestoration(definition, DomainDto, 'Bring a deleted domain back')
  restore(
    @Param('key') key: string,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.domains.store.restore(key, preconditions, author);
  }

  @Get(':key/revisions')
  @Requires('viewer')
  @Cached(definition, 'revisions', historyQuery)
  @ApiKey(definition, 'revenue')
  @ApiRevisions('List the versions of a domain')
  revisions(
    @Param('key') key: string,
    @RequestQuery() query: HistoryQuery,
    @RequestPath() path: string,
  ): Promise<Representation> {
    return this.domains.store.reader.listRevisions(key, query, path);
  }

  @Get(':key/revisions/:version')
  @Requires('viewer')
  @Cached(definition, 'revisions', revisionQuery)
  @ApiKey(definition, 'revenue')
  @ApiRevision('Read a version of a domain')
  revision(
    @Param('key') key: string,
    @Param('version') version: string,
    @RequestQuery() query: RevisionQuery,
  ): Promise<Representation> {
    return this.domains.store.reader.readRevision(key, version, query);
  }

  @Post(':key/revert')
  @Requires('editor')
  @HttpCode(200)
  @ApiKey(definition, 'revenue')
  @ApiDocumentReversion(definition, DomainDto, 'Bring the content of an old version back')
  revert(
    @Param('key') key: string,
    @Body() { version }: RevertDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.domains.store.revert(key, version, preconditions, author);
  }
}

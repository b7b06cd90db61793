import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
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
import { RequestQuery } from '../routing/query-parameters';
import { RequestPath } from '../routing/request-path';
import { SetRouteOptions } from '../routing/route-options';
import { ApiCheckIn, CheckInDto } from './dto/check-in.dto';
import { CreateObjectiveDto } from './dto/create-objective.dto';
import { ObjectiveDto } from './dto/objective.dto';
import { objectiveDefinition as definition } from './objective.definition';
import { ObjectivesService } from './objectives.service';

@ApiTags('objectives')
@Controller({ path: 'objectives', version: '1' })
export class ObjectivesController {
  constructor(private readonly objectives: ObjectivesService) {}

  @Get()
  @Requires('viewer')
  @Cached(definition, 'list', listQuery(definition))
  @ApiDocumentList(definition, ObjectiveDto, 'List objectives')
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.objectives.store.reader.list(query, path);
  }

  @Post()
  @Requires('editor')
  @ApiDocumentCreation(definition, CreateObjectiveDto, ObjectiveDto, 'Create an objective')
  create(@Body() objective: CreateObjectiveDto, @RequestAuthor() author: Author): Promise<Representation> {
    return this.objectives.store.create(objective, author);
  }

  @Post('bulk')
  @Throttle({ bulk: {} })
  @Requires('editor')
  @HttpCode(200)
  @SetRouteOptions({ ...BULK_ROUTE, query: bulkQuery })
  @ApiBulk(CreateObjectiveDto, 'Create or replace many objectives')
  bulk(
    @Body() body: unknown,
    @RequestQuery() query: BulkQuery,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.objectives.store.bulk(body, query, author);
  }

  @Get('export')
  @Throttle({ export: {} })
  @Requires('viewer')
  @SetRouteOptions({ query: exportQuery(definition) })
  @ApiExport(definition, 'Export objectives')
  export(@RequestQuery() query: ListQuery): StreamableFile {
    return this.objectives.store.reader.export(query);
  }

  @Get('stats')
  @Requires('viewer')
  @Cached(definition, 'stats')
  @ApiStatistics(definition, 'Count objectives by facet')
  stats(): Promise<Representation> {
    return this.objectives.store.reader.stats();
  }

  @Get(':key')
  @Requires('viewer')
  @Cached(definition, 'item', itemQuery(definition))
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiDocument(definition, ObjectiveDto, 'Read an objective')
  read(@Param('key') key: string, @RequestQuery() query: ItemQuery): Promise<Representation> {
    return this.objectives.store.reader.read(key, query);
  }

  @Put(':key')
  @Requires('editor')
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiDocumentReplacement(definition, CreateObjectiveDto, ObjectiveDto, 'Replace or create an objective')
  replace(
    @Param('key') key: string,
    @Body() objective: CreateObjectiveDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.objectives.store.replace(key, objective, preconditions, author);
  }

  @Patch(':key')
  @Requires('editor')
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiDocumentPatch(definition, CreateObjectiveDto, ObjectiveDto, 'Change parts of an objective')
  patch(
    @Param('key') key: string,
    @Body() patch: MergePatch,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.objectives.store.patch(key, patch, preconditions, author);
  }

  @Delete(':key')
  @Requires('editor')
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiDocumentRemoval('Delete an objective')
  remove(
    @Param('key') key: string,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.objectives.store.remove(key, preconditions, author);
  }

  @Patch(':key/key-results/:kr_id')
  @Requires('editor')
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiCheckIn()
  checkIn(
    @Param('key') key: string,
    @Param('kr_id') krId: string,
    @Body() checkIn: CheckInDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.objectives.checkIn(key, krId, checkIn, preconditions, author);
  }

  @Post(':key/restore')
  @Requires('editor')
  @HttpCode(200)
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiDocumentRestoration(definition, ObjectiveDto, 'Bring a deleted objective back')
  restore(
    @Param('key') key: string,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.objectives.store.restore(key, preconditions, author);
  }

  @Get(':key/revisions')
  @Requires('viewer')
  @Cached(definition, 'revisions', historyQuery)
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiRevisions('List the versions of an objective')
  revisions(
    @Param('key') key: string,
    @RequestQuery() query: HistoryQuery,
    @RequestPath() path: string,
  ): Promise<Representation> {
    return this.objectives.store.reader.listRevisions(key, query, path);
  }

  @Get(':key/revisions/:version')
  @Requires('viewer')
  @Cached(definition, 'revisions', revisionQuery)
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiRevision('Read a version of an objective')
  revision(
    @Param('key') key: string,
    @Param('version') version: string,
    @RequestQuery() query: RevisionQuery,
  ): Promise<Representation> {
    return this.objectives.store.reader.readRevision(key, version, query);
  }

  @Post(':key/revert')
  @Requires('editor')
  @HttpCode(200)
  @ApiKey(definition, 'OBJ-2026-H2-01')
  @ApiDocumentReversion(definition, ObjectiveDto, 'Bring the content of an old version back')
  revert(
    @Param('key') key: string,
    @Body() { version }: RevertDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.objectives.store.revert(key, version, preconditions, author);
  }
}

import { Body, Controller, Param, type StreamableFile } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { BulkQuery } from '../documents/bulk/bulk-query';
import { RevertDto } from '../documents/openapi/documents.dto';
import type { HistoryQuery, ItemQuery, RevisionQuery } from '../documents/query/item-query';
import type { ListQuery } from '../documents/query/list-query';
import { BulkRoute, CreateRoute, ExportRoute, ListRoute, StatsRoute } from '../documents/routes/collection-routes';
import { DeleteRoute, PatchRoute, ReadRoute, ReplaceRoute, RestoreRoute } from '../documents/routes/item-routes';
import { RevertRoute, RevisionRoute, RevisionsRoute } from '../documents/routes/revision-routes';
import { StepRoute } from '../documents/routes/step-route';
import type { MergePatch } from '../documents/write/merge-patch';
import { Write, type WriteRequest } from '../documents/write/write-request';
import { type Author, RequestAuthor } from '../identity/author';
import type { Representation } from '../responses/representation';
import { RequestQuery } from '../routing/query-parameters';
import { RequestPath } from '../routing/route';
import { CheckInDto } from './dto/check-in.dto';
import { CreateObjectiveDto } from './dto/objective.dto';
import { objectiveDefinition as definition } from './objective.definition';
import { ObjectivesService } from './objectives.service';

@ApiTags('objectives')
@Controller({ path: 'objectives', version: '1' })
export class ObjectivesController {
  constructor(private readonly objectives: ObjectivesService) {}

  @ListRoute(definition)
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.objectives.store.reader.list(query, path);
  }

  @CreateRoute(definition)
  create(@Body() objective: CreateObjectiveDto, @RequestAuthor() author: Author): Promise<Representation> {
    return this.objectives.store.create(objective, author);
  }

  @BulkRoute(definition)
  bulk(@Body() body: unknown, @RequestQuery() query: BulkQuery, @RequestAuthor() author: Author) {
    return this.objectives.store.bulk(body, query, author);
  }

  @ExportRoute(definition)
  export(@RequestQuery() query: ListQuery): Promise<StreamableFile> {
    return this.objectives.store.reader.export(query);
  }

  @StatsRoute(definition)
  stats(): Promise<Representation> {
    return this.objectives.store.reader.stats();
  }

  @ReadRoute(definition)
  read(@Param('key') key: string, @RequestQuery() query: ItemQuery): Promise<Representation> {
    return this.objectives.store.reader.read(key, query);
  }

  @ReplaceRoute(definition)
  replace(@Body() objective: CreateObjectiveDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.objectives.store.replace(objective, write);
  }

  @PatchRoute(definition)
  patch(@Body() patch: MergePatch, @Write() write: WriteRequest): Promise<Representation> {
    return this.objectives.store.patch(patch, write);
  }

  @DeleteRoute(definition)
  remove(@Write() write: WriteRequest): Promise<Representation> {
    return this.objectives.store.remove(write);
  }

  @StepRoute(definition, {
    method: 'PATCH',
    path: 'key-results/:kr_id',
    summary: 'Check in a key result',
    body: CheckInDto,
    parameters: [
      ApiParam({
        name: 'kr_id',
        description: 'The id of the key result.',
        schema: { type: 'string' },
        example: 'KR-1',
      }),
    ],
  })
  checkIn(@Param() { kr_id }: { kr_id: string }, @Body() checkIn: CheckInDto, @Write() write: WriteRequest) {
    return this.objectives.checkIn(kr_id, checkIn, write);
  }

  @RestoreRoute(definition)
  restore(@Write() write: WriteRequest): Promise<Representation> {
    return this.objectives.store.restore(write);
  }

  @RevisionsRoute(definition)
  revisions(@Param('key') key: string, @RequestQuery() query: HistoryQuery, @RequestPath() path: string) {
    return this.objectives.store.reader.listRevisions(key, query, path);
  }

  @RevisionRoute(definition)
  revision(@Param('key') key: string, @Param('version') version: string, @RequestQuery() query: RevisionQuery) {
    return this.objectives.store.reader.readRevision(key, version, query);
  }

  @RevertRoute(definition)
  revert(@Body() { version }: RevertDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.objectives.store.revert(version, write);
  }
}

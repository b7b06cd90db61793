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
  ApiDocumentStep,
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
import { CreateMetricDto } from './dto/create-metric.dto';
import { MetricDto } from './dto/metric.dto';
import { TransitionMetricDto } from './dto/transition-metric.dto';
import { metricDefinition as definition } from './metric.definition';
import { MetricsService } from './metrics.service';

@ApiTags('metrics')
@Controller({ path: 'metrics', version: '1' })
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @Requires('viewer')
  @Cached(definition, 'list', listQuery(definition))
  @ApiDocumentList(definition, MetricDto, 'List metrics')
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.metrics.list(query, path);
  }

  @Post()
  @Requires('editor')
  @ApiDocumentCreation(definition, CreateMetricDto, MetricDto, 'Create a metric')
  create(@Body() metric: CreateMetricDto, @RequestAuthor() author: Author): Promise<Representation> {
    return this.metrics.store.create(metric, author);
  }

  @Post('bulk')
  @Throttle({ bulk: {} })
  @Requires('editor')
  @HttpCode(200)
  @SetRouteOptions({ ...BULK_ROUTE, query: bulkQuery })
  @ApiBulk(CreateMetricDto, 'Create or replace many metrics')
  bulk(
    @Body() body: unknown,
    @RequestQuery() query: BulkQuery,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.metrics.store.bulk(body, query, author);
  }

  @Get('export')
  @Throttle({ export: {} })
  @Requires('viewer')
  @SetRouteOptions({ query: exportQuery(definition) })
  @ApiExport(definition, 'Export metrics')
  export(@RequestQuery() query: ListQuery): Promise<StreamableFile> {
    return this.metrics.export(query);
  }

  @Get('stats')
  @Requires('viewer')
  @Cached(definition, 'stats')
  @ApiStatistics(definition, 'Count metrics by facet')
  stats(): Promise<Representation> {
    return this.metrics.store.reader.stats();
  }

  @Get(':key')
  @Requires('viewer')
  @Cached(definition, 'item', itemQuery(definition))
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiDocument(definition, MetricDto, 'Read a metric')
  read(@Param('key') key: string, @RequestQuery() query: ItemQuery): Promise<Representation> {
    return this.metrics.store.reader.read(key, query);
  }

  @Put(':key')
  @Requires('editor')
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiDocumentReplacement(definition, CreateMetricDto, MetricDto, 'Replace or create a metric')
  replace(
    @Param('key') key: string,
    @Body() metric: CreateMetricDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.metrics.store.replace(key, metric, preconditions, author);
  }

  @Patch(':key')
  @Requires('editor')
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiDocumentPatch(definition, CreateMetricDto, MetricDto, 'Change parts of a metric')
  patch(
    @Param('key') key: string,
    @Body() patch: MergePatch,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.metrics.store.patch(key, patch, preconditions, author);
  }

  @Delete(':key')
  @Requires('editor')
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiDocumentRemoval('Delete a metric')
  remove(
    @Param('key') key: string,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.metrics.store.remove(key, preconditions, author);
  }

  @Post(':key/restore')
  @Requires('editor')
  @HttpCode(200)
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiDocumentRestoration(definition, MetricDto, 'Bring a deleted metric back')
  restore(
    @Param('key') key: string,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.metrics.store.restore(key, preconditions, author);
  }

  @Post(':key/transitions')
  @Requires('editor')
  @HttpCode(200)
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiDocumentStep(
    MetricDto,
    'Take a step in the lifecycle',
    TransitionMetricDto,
    'invalid_transition',
    'in_use',
    'gate_refused',
  )
  transition(
    @Param('key') key: string,
    @Body() transition: TransitionMetricDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.metrics.transition(key, transition, preconditions, author);
  }

  @Get(':key/revisions')
  @Requires('viewer')
  @Cached(definition, 'revisions', historyQuery)
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiRevisions('List the versions of a metric')
  revisions(
    @Param('key') key: string,
    @RequestQuery() query: HistoryQuery,
    @RequestPath() path: string,
  ): Promise<Representation> {
    return this.metrics.store.reader.listRevisions(key, query, path);
  }

  @Get(':key/revisions/:version')
  @Requires('viewer')
  @Cached(definition, 'revisions', revisionQuery)
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiRevision('Read a version of a metric')
  revision(
    @Param('key') key: string,
    @Param('version') version: string,
    @RequestQuery() query: RevisionQuery,
  ): Promise<Representation> {
    return this.metrics.store.reader.readRevision(key, version, query);
  }

  @Post(':key/revert')
  @Requires('editor')
  @HttpCode(200)
  @ApiKey(definition, 'monthly-recurring-revenue')
  @ApiDocumentReversion(definition, MetricDto, 'Bring the content of an old version back')
  revert(
    @Param('key') key: string,
    @Body() { version }: RevertDto,
    @WritePreconditions() preconditions: Preconditions,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return this.metrics.store.revert(key, version, preconditions, author);
  }
}

import { Body, Controller, Param, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
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
import { MetricDto } from './dto/metric.dto';
import { TransitionMetricDto } from './dto/transition-metric.dto';
import { metricDefinition as definition } from './metric.definition';
import { MetricsService } from './metrics.service';

@ApiTags('metrics')
@Controller({ path: 'metrics', version: '1' })
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @ListRoute(definition)
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.metrics.list(query, path);
  }

  @CreateRoute(definition)
  create(@Body() metric: MetricDto, @RequestAuthor() author: Author): Promise<Representation> {
    return this.metrics.store.create(metric, author);
  }

  @BulkRoute(definition)
  bulk(@Body() body: unknown, @RequestQuery() query: BulkQuery, @RequestAuthor() author: Author) {
    return this.metrics.store.bulk(body, query, author);
  }

  @ExportRoute(definition)
  export(@RequestQuery() query: ListQuery): Promise<StreamableFile> {
    return this.metrics.export(query);
  }

  @StatsRoute(definition)
  stats(): Promise<Representation> {
    return this.metrics.store.reader.stats();
  }

  @ReadRoute(definition)
  read(@Param('key') key: string, @RequestQuery() query: ItemQuery): Promise<Representation> {
    return this.metrics.store.reader.read(key, query);
  }

  @ReplaceRoute(definition)
  replace(@Body() metric: MetricDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.metrics.store.replace(metric, write);
  }

  @PatchRoute(definition)
  patch(@Body() patch: MergePatch, @Write() write: WriteRequest): Promise<Representation> {
    return this.metrics.store.patch(patch, write);
  }

  @DeleteRoute(definition)
  remove(@Write() write: WriteRequest): Promise<Representation> {
    return this.metrics.store.remove(write);
  }

  @RestoreRoute(definition)
  restore(@Write() write: WriteRequest): Promise<Representation> {
    return this.metrics.store.restore(write);
  }

  @StepRoute(definition, {
    path: 'transitions',
    operationId: 'transitionMetric',
    summary: 'Change the status of a metric',
    description:
      'The lifecycle: draft → active → deprecated → archived → draft, and deprecated → active. 422 `gate_refused` ' +
      'lists the members that the new status requires.',
    body: TransitionMetricDto,
    problems: ['invalid_transition', 'in_use', 'gate_refused'],
  })
  transition(@Body() transition: TransitionMetricDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.metrics.transition(transition, write);
  }

  @RevisionsRoute(definition)
  revisions(@Param('key') key: string, @RequestQuery() query: HistoryQuery, @RequestPath() path: string) {
    return this.metrics.store.reader.listRevisions(key, query, path);
  }

  @RevisionRoute(definition)
  revision(@Param('key') key: string, @Param('version') version: string, @RequestQuery() query: RevisionQuery) {
    return this.metrics.store.reader.readRevision(key, version, query);
  }

  @RevertRoute(definition)
  revert(@Body() { version }: RevertDto, @Write() write: WriteRequest): Promise<Representation> {
    return this.metrics.store.revert(version, write);
  }
}

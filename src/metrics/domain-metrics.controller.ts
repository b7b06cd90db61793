import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/roles/requires.decorator';
import { Cached } from '../cache/cached.decorator';
import { ApiKey } from '../documents/openapi/documentation-parts';
import { ApiDocumentList } from '../documents/openapi/read-documentation';
import { type ListQuery, listQuery } from '../documents/query/list-query';
import { domainDefinition } from '../domains/domain.definition';
import type { Representation } from '../responses/representation';
import { RequestQuery } from '../routing/query-parameters';
import { RequestPath } from '../routing/request-path';
import { MetricDto } from './dto/metric.dto';
import { metricDefinition } from './metric.definition';
import { MetricsService } from './metrics.service';

/** The metrics of a domain. Here and not among the domains: domains know nothing of metrics. */
@ApiTags('domains')
@Controller({ path: 'domains/:key/metrics', version: '1' })
export class DomainMetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @Requires('viewer')
  @Cached(metricDefinition, 'list', listQuery(metricDefinition, 'business_domain'))
  @ApiKey(domainDefinition, 'revenue')
  @ApiDocumentList(metricDefinition, MetricDto, 'List the metrics of a domain', 'business_domain')
  list(
    @Param('key') key: string,
    @RequestQuery() query: ListQuery,
    @RequestPath() path: string,
  ): Promise<Representation> {
    return this.metrics.listOfDomain(key, query, path);
  }
}

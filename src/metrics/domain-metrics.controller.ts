import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { ListQuery } from '../documents/query/list-query';
import { NestedListRoute } from '../documents/routes/collection-routes';
import { domainDefinition } from '../domains/domain.definition';
import { RequestQuery } from '../routing/query-parameters';
import { RequestPath } from '../routing/route';
import { metricDefinition } from './metric.definition';
import { MetricsService } from './metrics.service';

/** The metrics of a domain. This controller is here because the domains folder does not import metrics. */
@ApiTags('domains')
@Controller({ path: 'domains/:key/metrics', version: '1' })
export class DomainMetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @NestedListRoute(metricDefinition, { parent: domainDefinition, filter: 'business_domain' })
  list(@Param('key') key: string, @RequestQuery() query: ListQuery, @RequestPath() path: string) {
    return this.metrics.listOfDomain(key, query, path);
  }
}

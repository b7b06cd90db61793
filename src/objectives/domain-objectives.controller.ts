import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { ListQuery } from '../documents/query/list-query';
import { NestedListRoute } from '../documents/routes/collection-routes';
import { domainDefinition } from '../domains/domain.definition';
import { RequestQuery } from '../routing/query-parameters';
import { RequestPath } from '../routing/route';
import { objectiveDefinition } from './objective.definition';
import { ObjectivesService } from './objectives.service';

/** The objectives of a domain. This controller is here because the domains folder does not import objectives. */
@ApiTags('domains')
@Controller({ path: 'domains/:key/objectives', version: '1' })
export class DomainObjectivesController {
  constructor(private readonly objectives: ObjectivesService) {}

  @NestedListRoute(objectiveDefinition, { parent: domainDefinition, filter: 'domain_id' })
  list(@Param('key') key: string, @RequestQuery() query: ListQuery, @RequestPath() path: string) {
    return this.objectives.listOfDomain(key, query, path);
  }
}

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
import { ObjectiveDto } from './dto/objective.dto';
import { objectiveDefinition } from './objective.definition';
import { ObjectivesService } from './objectives.service';

/** The objectives of a domain. Here and not among the domains: domains know nothing of objectives. */
@ApiTags('domains')
@Controller({ path: 'domains/:key/objectives', version: '1' })
export class DomainObjectivesController {
  constructor(private readonly objectives: ObjectivesService) {}

  @Get()
  @Requires('viewer')
  @Cached(objectiveDefinition, 'list', listQuery(objectiveDefinition, 'domain_id'))
  @ApiKey(domainDefinition, 'revenue')
  @ApiDocumentList(objectiveDefinition, ObjectiveDto, 'List the objectives of a domain', 'domain_id')
  list(
    @Param('key') key: string,
    @RequestQuery() query: ListQuery,
    @RequestPath() path: string,
  ): Promise<Representation> {
    return this.objectives.listOfDomain(key, query, path);
  }
}

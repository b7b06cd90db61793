import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Representation } from '../../responses/representation';
import { RequestQuery } from '../../routing/query-parameters';
import { RequestPath } from '../../routing/route';
import { SetRouteOptions } from '../../routing/route-options';
import { Requires } from '../roles/requires.decorator';
import { AuditLog } from './audit-log';
import { ApiAuditPage } from './audit.dto';
import { type AuditQuery, auditQuery } from './audit-query';

/** The audit log. */
@ApiTags('access')
@Controller({ path: 'audit', version: '1' })
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @SetRouteOptions({ query: auditQuery })
  @ApiAuditPage('List audit log entries')
  async list(@RequestQuery() query: AuditQuery, @RequestPath() path: string): Promise<Representation> {
    const { json, headers } = await this.audit.list(query, path);
    return new Representation(json, headers);
  }
}

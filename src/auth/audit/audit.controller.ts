import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Representation } from '../../responses/representation';
import { RequestPath } from '../../routing/request-path';
import { AuditLog } from './audit-log';
import { ApiAuditPage } from './audit.dto';
import { type AuditQuery, auditQuery } from './audit-query';
import { Requires } from '../roles/requires.decorator';

/** What happened to access. */
@ApiTags('access')
@Controller({ path: 'audit', version: '1' })
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @ApiAuditPage('Read the audit log')
  async list(@Query(auditQuery) asked: AuditQuery, @RequestPath() path: string): Promise<Representation> {
    const { json, headers } = await this.audit.list(asked, path);
    return new Representation(json, headers);
  }
}

import { Controller, Get, Header, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequestPath } from '../http/request-path';
import { Audit } from './audit';
import { ApiAuditPage } from './audit.dto';
import { type AuditQuery, auditQuery } from './audit-query';
import { Requires } from './requires.decorator';

/** What happened to access. */
@ApiTags('access')
@Controller({ path: 'audit', version: '1' })
export class AuditController {
  constructor(private readonly audit: Audit) {}

  @Get()
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiAuditPage('Read the audit log')
  async list(
    @Query(auditQuery) asked: AuditQuery,
    @RequestPath() path: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    // Not as a Representation, which its reader may keep.
    const { json, headers } = await this.audit.list(asked, path);
    reply.headers(headers);
    return json;
  }
}

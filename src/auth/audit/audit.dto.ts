import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { query } from '../../openapi/fragments';
import { pageOf } from '../../pagination/pagination.dto';
import { ApiCursor, ApiLimit, linkHeader } from '../../pagination/pagination-documentation';
import { ApiProblems } from '../../problems/problem-documentation';
import { AnyObject, Choice, Moment } from '../../validation/properties';
import { Property } from '../../validation/schema';
import { ResponseText } from '../response-properties';
import { AUDIT_ACTIONS, type AuditAction } from './audit-entry.entity';

export class AuditEntryDto {
  @Property(
    { type: 'string', pattern: '^[0-9]+$' },
    { required: true, description: 'Increases with every entry.', example: '4711' },
  )
  id!: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  at!: string;

  @ResponseText({ description: 'The principal that acted.', example: 'key:0123456789ab' })
  actor!: string;

  @Choice(AUDIT_ACTIONS, { required: true, example: 'key_created' })
  action!: AuditAction;

  @ResponseText({ description: 'The principal that the event concerns.', example: 'key:4f6c1e9a0b2d' })
  subject!: string;

  @ResponseText({
    description: 'The id of the request, as in the request log; empty for a command.',
    example: '01932f5e-7c1a-7e7a-9d3b-6f0e4f7d2a11',
  })
  request_id!: string;

  @ResponseText({ description: 'The client address; empty for a command.', example: '192.0.2.7' })
  address!: string;

  @AnyObject({
    maxBytes: 32_768,
    required: true,
    description: 'Names and roles; of a change, before and after. Never a secret.',
    example: { name: 'Nightly export', role: 'viewer' },
  })
  details!: Record<string, unknown>;
}

/** Documents a page of the audit log. */
export const ApiAuditPage = (summary: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'listAuditEntries',
      summary,
      description: 'Successful and failed sign-ins, and changes of API keys and users; newest first, by cursor.',
    }),
    query('actor', { type: 'string', examples: ['key:0123456789ab'] }, 'Only entries of this actor.'),
    query('action', { type: 'string', enum: [...AUDIT_ACTIONS] }, 'Only entries of this action.'),
    query('subject', { type: 'string', examples: ['key:4f6c1e9a0b2d'] }, 'Only entries of this subject.'),
    ApiLimit,
    ApiCursor,
    ApiResponse({
      status: 200,
      description: 'A page of entries.',
      headers: linkHeader,
      type: pageOf(AuditEntryDto),
    }),
    ApiProblems('invalid_parameter', 'invalid_cursor', 'cursor_mismatch'),
  );

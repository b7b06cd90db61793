import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { CursorPaginationDto } from '../../pagination/pagination.dto';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../pagination/paging';
import { ApiProblems } from '../../problems/problem-documentation';
import { query, ref } from '../../routing/openapi-fragments';
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
      summary,
      description: 'Successful and failed sign-ins, and changes of API keys and users; newest first, by cursor.',
    }),
    ApiExtraModels(AuditEntryDto, CursorPaginationDto),
    query('actor', { type: 'string', examples: ['key:0123456789ab'] }, 'Only entries of this actor.'),
    query('action', { type: 'string', enum: [...AUDIT_ACTIONS] }, 'Only entries of this action.'),
    query('subject', { type: 'string', examples: ['key:4f6c1e9a0b2d'] }, 'Only entries of this subject.'),
    query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, 'Entries per page.'),
    query('cursor', { type: 'string' }, '`nextCursor` or `prevCursor` of an earlier response.'),
    ApiResponse({
      status: 200,
      description: 'A page of entries.',
      headers: { Link: { description: 'The first, previous and next page (RFC 8288).', schema: { type: 'string' } } },
      schema: {
        type: 'object',
        required: ['data', 'pagination'],
        properties: { data: { type: 'array', items: ref(AuditEntryDto) }, pagination: ref(CursorPaginationDto) },
      },
    }),
    ApiProblems('invalid_parameter', 'invalid_cursor', 'cursor_mismatch'),
  );

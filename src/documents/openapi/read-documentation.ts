import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { NDJSON_TYPE } from '../../body/body-parsers';
import { ApiProblems } from '../../problems/problem-documentation';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../pagination/paging';
import type { ProblemCode } from '../../problems/problem-codes';
import type { DocumentDefinition } from '../definition/document-definition';
import { CursorPaginationDto, PagePaginationDto } from '../../pagination/pagination.dto';
import { query, ref } from '../../routing/openapi-fragments';
import { etag } from './documentation-parts';
import { RevisionDto, RevisionSummaryDto } from './documents.dto';
import { filterParameters } from '../query/filters';
import { membersOf, sortableFields } from '../query/list-query';

/** The headers of every answer that is kept. */
const kept = {
  ETag: { description: 'Send it back as If-None-Match.', schema: { type: 'string' as const } },
  'X-Cache': {
    description: 'How the answer came about; STALE is the last known one while the database is away, with its `Age`.',
    schema: { type: 'string' as const, enum: ['HIT', 'MISS', 'STALE', 'BYPASS'] },
  },
};

const listHeaders = {
  Link: { description: 'first, prev, next and last page (RFC 8288).', schema: { type: 'string' as const } },
  'X-Total-Count': {
    description: 'Documents that match; where they were counted.',
    schema: { type: 'integer' as const },
  },
  'X-Page': { description: 'Page mode.', schema: { type: 'integer' as const } },
  'X-Per-Page': { description: 'The limit.', schema: { type: 'integer' as const } },
  'X-Total-Pages': { description: 'Page mode.', schema: { type: 'integer' as const } },
  ...kept,
};

/** A paginated list, with every query parameter that the fields of the resource give. */
export function ApiDocumentList(
  definition: DocumentDefinition,
  dto: Type,
  summary: string,
  fixed?: string,
): MethodDecorator {
  const filters = filterParameters(definition.fields).filter(({ parameter }) => parameter !== fixed);
  return applyDecorators(
    ApiOperation({ summary }),
    ApiExtraModels(dto, PagePaginationDto, CursorPaginationDto),
    query('page', { type: 'integer', minimum: 1, default: 1 }, 'Page mode; pages reach 10,000 rows.'),
    query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, 'Documents a page.'),
    query('cursor', { type: 'string' }, 'Cursor mode: empty starts, then `nextCursor` or `prevCursor` of the answer.'),
    query('count', { type: 'string', enum: ['exact'] }, 'Cursor mode: count the matches too.'),
    query(
      'sort',
      { type: 'string', examples: ['-updated_at,name'] },
      `Up to three of ${sortableFields(definition).join(', ')}; a leading - descends. Default -updated_at, or best match first with q.`,
    ),
    query(
      'fields',
      { type: 'string', examples: [[definition.keyMember, 'name'].join(',')] },
      `Members to show: ${membersOf(definition).join(', ')}. Key and version always come.`,
    ),
    query('include_deleted', { type: 'boolean', default: false }, 'Show deleted documents too.'),
    ...filters.map(({ parameter, schema, description }) => query(parameter, schema, description)),
    ApiResponse({
      status: 200,
      description: 'A page.',
      headers: listHeaders,
      schema: {
        type: 'object',
        required: ['data', 'pagination'],
        properties: {
          data: { type: 'array', items: ref(dto) },
          pagination: { oneOf: [ref(PagePaginationDto), ref(CursorPaginationDto)] },
        },
      },
    }),
    ApiProblems(
      'invalid_parameter',
      'invalid_cursor',
      'cursor_mismatch',
      'page_too_deep',
      'forbidden',
      ...((fixed === undefined ? [] : ['not_found']) as ProblemCode[]),
    ),
  );
}

/** One document, or 304 when the caller's copy is good. */
export const ApiDocument = (definition: DocumentDefinition, dto: Type, summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    query('fields', { type: 'string' }, `Members to show: ${membersOf(definition).join(', ')}.`),
    query('include_deleted', { type: 'boolean', default: false }, 'Show the document although it is deleted.'),
    ApiResponse({ status: 200, description: 'The document.', type: dto, headers: { ...kept, ...etag } }),
    ApiProblems('invalid_parameter', 'forbidden', 'not_found'),
  );

const historyOfDeleted = query(
  'include_deleted',
  { type: 'boolean', default: false },
  'Show the history although the document is deleted.',
);

/** The history of a document. */
export const ApiRevisions = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary, description: 'Newest first, by cursor.' }),
    ApiExtraModels(RevisionSummaryDto, CursorPaginationDto),
    query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, 'Revisions a page.'),
    query('cursor', { type: 'string' }, '`nextCursor` or `prevCursor` of the answer before.'),
    historyOfDeleted,
    ApiResponse({
      status: 200,
      description: 'A page of revisions.',
      headers: { Link: listHeaders.Link, ...kept },
      schema: {
        type: 'object',
        required: ['data', 'pagination'],
        properties: { data: { type: 'array', items: ref(RevisionSummaryDto) }, pagination: ref(CursorPaginationDto) },
      },
    }),
    ApiProblems('invalid_parameter', 'invalid_cursor', 'cursor_mismatch', 'forbidden', 'not_found'),
  );

/** One revision with its document. */
export const ApiRevision = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } }),
    historyOfDeleted,
    ApiResponse({ status: 200, description: 'The revision.', type: RevisionDto, headers: kept }),
    ApiProblems('invalid_parameter', 'forbidden', 'not_found'),
  );

/** Everything as NDJSON. */
export function ApiExport(definition: DocumentDefinition, summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary,
      description:
        'One document a line, from one snapshot, in the order of keys; the last line, `{"count":n}`, shows that nothing was cut. Few exports run at a time, further ones get 503 `overloaded` at once; a reader who stalls for a minute is cut off.',
    }),
    query('include_deleted', { type: 'boolean', default: false }, 'Export deleted documents too.'),
    ...filterParameters(definition.fields).map(({ parameter, schema, description }) =>
      query(parameter, schema, description),
    ),
    ApiResponse({
      status: 200,
      description: 'The documents.',
      content: { [NDJSON_TYPE]: { schema: { type: 'string' } } },
    }),
    ApiProblems('invalid_parameter', 'forbidden'),
  );
}

/** Counts by facet. */
export function ApiStatistics(definition: DocumentDefinition, summary: string): MethodDecorator {
  const facets = Object.entries(definition.fields).filter(([, { facet }]) => facet);
  const facet = {
    type: 'array' as const,
    items: {
      type: 'object' as const,
      required: ['value', 'count'],
      properties: { value: { type: 'string' as const }, count: { type: 'integer' as const } },
    },
  };
  return applyDecorators(
    ApiOperation({ summary, description: 'The 100 most frequent values of each facet.' }),
    ApiResponse({
      status: 200,
      description: 'The counts.',
      headers: kept,
      schema: {
        type: 'object',
        required: ['total', ...facets.map(([name]) => `by_${name}`)],
        properties: {
          total: { type: 'integer' },
          ...Object.fromEntries(facets.map(([name]) => [`by_${name}`, facet])),
        },
      },
    }),
    ApiProblems('invalid_parameter'),
  );
}

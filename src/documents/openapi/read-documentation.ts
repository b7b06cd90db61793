import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { NDJSON_TYPE } from '../../body/media-types';
import { CursorPaginationDto, PagePaginationDto } from '../../pagination/pagination.dto';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../pagination/paging';
import type { ProblemCode } from '../../problems/problem-codes';
import { ApiProblems } from '../../problems/problem-documentation';
import { query, ref } from '../../routing/openapi-fragments';
import type { DocumentDefinition } from '../definition/document-definition';
import { filterParameters } from '../query/filters';
import { membersOf, sortableFields } from '../query/list-query';
import { etag, withArticle } from './documentation-parts';
import { RevisionDto, RevisionSummaryDto } from './documents.dto';

/** The headers of every cached response. */
const cacheHeaders = {
  ETag: { description: 'Send it as If-None-Match.', schema: { type: 'string' as const } },
  'X-Cache': {
    description:
      'HIT: from the cache. MISS: from the database. BYPASS: not cached. ' +
      'STALE: from the cache while the database is unavailable, with `Age`.',
    schema: { type: 'string' as const, enum: ['HIT', 'MISS', 'STALE', 'BYPASS'] },
  },
};

const listHeaders = {
  Link: {
    description: 'Links to the first, prev, next and last page (RFC 8288).',
    schema: { type: 'string' as const },
  },
  'X-Total-Count': {
    description: 'Number of matching documents, if they were counted.',
    schema: { type: 'integer' as const },
  },
  'X-Page': { description: 'The page number, in page mode.', schema: { type: 'integer' as const } },
  'X-Per-Page': { description: 'The page size.', schema: { type: 'integer' as const } },
  'X-Total-Pages': { description: 'Number of pages, in page mode.', schema: { type: 'integer' as const } },
  ...cacheHeaders,
};

/**
 * Documents a paginated list with the query parameters of the fields.
 *
 * @param fixed the filter that the path sets, which is not a query parameter then
 */
export function ApiDocumentList(definition: DocumentDefinition, summary: string, fixed?: string): MethodDecorator {
  const { dto, fields, keyMember } = definition;
  const filters = filterParameters(fields).filter(({ parameter }) => parameter !== fixed);
  return applyDecorators(
    ApiOperation({ summary }),
    ApiExtraModels(dto, PagePaginationDto, CursorPaginationDto),
    query('page', { type: 'integer', minimum: 1, default: 1 }, 'Page number; pages reach up to 10,000 rows.'),
    query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, 'Page size.'),
    query(
      'cursor',
      { type: 'string' },
      'Cursor pagination: empty for the first page, then `nextCursor` or `prevCursor` of the last response.',
    ),
    query('count', { type: 'string', enum: ['exact'] }, 'With `cursor`: also count the matching documents.'),
    query(
      'sort',
      { type: 'string', examples: ['-updated_at,name'] },
      `Up to three fields; a leading - sorts in descending order. Fields: ${sortableFields(definition).join(', ')}. ` +
        'Default: -updated_at, or by relevance with q.',
    ),
    query(
      'fields',
      { type: 'string', examples: [[keyMember, 'name'].join(',')] },
      `Members to return, besides key and version: ${membersOf(definition).join(', ')}.`,
    ),
    query('include_deleted', { type: 'boolean', default: false }, 'Include deleted documents.'),
    ...filters.map(({ parameter, schema, description }) => query(parameter, schema, description)),
    ApiResponse({
      status: 200,
      description: 'A page of documents.',
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

/** Documents reading one document. */
export const ApiDocument = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({ summary: `Read ${withArticle(definition)}` }),
    query('fields', { type: 'string' }, `Members to return: ${membersOf(definition).join(', ')}.`),
    query('include_deleted', { type: 'boolean', default: false }, 'Return the document even if it is deleted.'),
    ApiResponse({
      status: 200,
      description: 'The document.',
      type: definition.dto,
      headers: { ...cacheHeaders, ...etag },
    }),
    ApiProblems('invalid_parameter', 'forbidden', 'not_found'),
  );

const revisionsOfDeleted = query(
  'include_deleted',
  { type: 'boolean', default: false },
  'Return revisions even if the document is deleted.',
);

/** Documents the revision history of a document. */
export const ApiRevisions = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({
      summary: `List the revisions of ${withArticle(definition)}`,
      description: 'Newest first, with cursor pagination.',
    }),
    ApiExtraModels(RevisionSummaryDto, CursorPaginationDto),
    query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, 'Page size.'),
    query('cursor', { type: 'string' }, '`nextCursor` or `prevCursor` of the last response.'),
    revisionsOfDeleted,
    ApiResponse({
      status: 200,
      description: 'A page of revisions.',
      headers: { Link: listHeaders.Link, ...cacheHeaders },
      schema: {
        type: 'object',
        required: ['data', 'pagination'],
        properties: { data: { type: 'array', items: ref(RevisionSummaryDto) }, pagination: ref(CursorPaginationDto) },
      },
    }),
    ApiProblems('invalid_parameter', 'invalid_cursor', 'cursor_mismatch', 'forbidden', 'not_found'),
  );

/** Documents one revision with its document. */
export const ApiRevision = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({ summary: `Read a revision of ${withArticle(definition)}` }),
    ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } }),
    revisionsOfDeleted,
    ApiResponse({ status: 200, description: 'The revision.', type: RevisionDto, headers: cacheHeaders }),
    ApiProblems('invalid_parameter', 'forbidden', 'not_found'),
  );

/** Documents the NDJSON export. */
export const ApiExport = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({
      summary: `Export ${definition.resource}`,
      description:
        'One document per line, from one database snapshot, ordered by key. The last line, `{"count":n}`, confirms ' +
        'that the export is complete. Few exports run at the same time; further ones get 503 `overloaded`. ' +
        'The service closes the connection of a client that reads nothing for a minute.',
    }),
    query('include_deleted', { type: 'boolean', default: false }, 'Include deleted documents.'),
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

/** Documents the counts by facet. */
export function ApiStatistics({ fields, resource }: DocumentDefinition): MethodDecorator {
  const facets = Object.entries(fields).filter(([, { facet }]) => facet);
  const facet = {
    type: 'array' as const,
    items: {
      type: 'object' as const,
      required: ['value', 'count'],
      properties: { value: { type: 'string' as const }, count: { type: 'integer' as const } },
    },
  };
  return applyDecorators(
    ApiOperation({ summary: `Count ${resource} by facet`, description: 'The 100 most frequent values per facet.' }),
    ApiResponse({
      status: 200,
      description: 'The counts.',
      headers: cacheHeaders,
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

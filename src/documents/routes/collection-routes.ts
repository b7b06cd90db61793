import { applyDecorators, Get, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { Throttle } from '@nestjs/throttler';
import { Requires } from '../../auth/roles/requires.decorator';
import { BULK_ROUTE, JSON_TYPE, NDJSON_TYPE } from '../../body/media-types';
import { Cached } from '../../cache/cached.decorator';
import { IDEMPOTENCY_PROBLEMS, idempotencyKey } from '../../idempotency/idempotency-documentation';
import { CursorPaginationDto, PagePaginationDto } from '../../pagination/pagination.dto';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { query, ref } from '../../routing/openapi-fragments';
import { SetRouteOptions } from '../../routing/route-options';
import { BULK_PARAMETERS, bulkQuery } from '../bulk/bulk-query';
import type { DocumentDefinition } from '../definition/document-definition';
import {
  ApiIncludeDeleted,
  ApiKeyParam,
  ApiLimit,
  cacheHeaders,
  etag,
  header,
  linkHeader,
  pageSchema,
  referenceProblems,
  withArticle,
} from '../openapi/documentation-parts';
import { BulkAnswerDto } from '../openapi/documents.dto';
import { filterParameters } from '../query/filters';
import { exportQuery, listQuery, membersOf, sortableFields } from '../query/list-query';
import { ExportInterceptor } from '../read/running-exports';

const listHeaders = {
  ...linkHeader,
  'X-Total-Count': header('integer', 'Number of matching documents, if they were counted.'),
  'X-Page': header('integer', 'The page number, in page mode.'),
  'X-Per-Page': header('integer', 'The page size.'),
  'X-Total-Pages': header('integer', 'Number of pages, in page mode.'),
  ...cacheHeaders,
};

/** Documents the filters of a list, all but the one that the path sets. */
const filterQueries = ({ fields }: DocumentDefinition, fixed?: string) =>
  filterParameters(fields)
    .filter(({ parameter }) => parameter !== fixed)
    .map(({ parameter, schema, description }) => query(parameter, schema, description));

function PageRoute(definition: DocumentDefinition, summary: string, fixed?: string): MethodDecorator {
  const { dto, keyMember } = definition;
  return applyDecorators(
    Get(),
    Requires('viewer'),
    ApiOperation({ summary }),
    ApiExtraModels(dto, PagePaginationDto, CursorPaginationDto),
    query('page', { type: 'integer', minimum: 1, default: 1 }, 'Page number; pages reach up to 10,000 rows.'),
    ApiLimit,
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
      { type: 'string', examples: [`${keyMember},name`] },
      `Members to return, besides key and version: ${membersOf(definition).join(', ')}.`,
    ),
    ApiIncludeDeleted('Include deleted documents.'),
    ...filterQueries(definition, fixed),
    Cached(definition, 'list', listQuery(definition, fixed)),
    ApiResponse({
      status: 200,
      description: 'A page of documents.',
      headers: listHeaders,
      schema: pageSchema(ref(dto), { oneOf: [ref(PagePaginationDto), ref(CursorPaginationDto)] }),
    }),
    ApiProblems(
      'invalid_parameter',
      'invalid_cursor',
      'cursor_mismatch',
      'page_too_deep',
      'forbidden',
      ...(fixed === undefined ? [] : (['not_found'] as const)),
    ),
  );
}

/** `GET /{resource}`: a page of documents. */
export const ListRoute = (definition: DocumentDefinition): MethodDecorator =>
  PageRoute(definition, `List ${definition.resource}`);

/**
 * `GET /{parent}/{key}/{resource}`: a page of the documents that belong to one parent document.
 *
 * @param filter the filter parameter that the path replaces
 */
export const NestedListRoute = (
  definition: DocumentDefinition,
  { parent, filter }: { parent: DocumentDefinition; filter: string },
): MethodDecorator =>
  applyDecorators(
    ApiKeyParam(parent),
    PageRoute(definition, `List the ${definition.resource} of ${withArticle(parent)}`, filter),
  );

/** `POST /{resource}`: creates a document. */
export const CreateRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Post(),
    Requires('editor'),
    ApiOperation({ summary: `Create ${withArticle(definition)}` }),
    idempotencyKey,
    ApiBody({ type: definition.schema }),
    ApiResponse({
      status: 201,
      description: 'Created.',
      type: definition.dto,
      headers: { ...etag, Location: { schema: { type: 'string' }, description: 'The path of the document.' } },
    }),
    ApiProblems(
      ...WRITE_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'already_exists',
      'key_deleted',
      ...referenceProblems(definition),
    ),
  );

/** `POST /{resource}/bulk`: creates or replaces many documents. */
export const BulkRoute = ({ resource, schema }: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Post('bulk'),
    HttpCode(200),
    Requires('editor'),
    Throttle({ bulk: {} }),
    SetRouteOptions({ ...BULK_ROUTE, query: bulkQuery }),
    ApiOperation({
      summary: `Create or replace many ${resource}`,
      description:
        'At most 1,000 items, 5 MiB and 100,000 values. Items may refer to items that follow them. Lines of an export are safe to send ' +
        'back: an item whose `version` is older than that of the document changes nothing (`version_conflict`), and ' +
        'one with `deleted_at` creates, changes and restores nothing.',
    }),
    idempotencyKey,
    ...Object.entries(BULK_PARAMETERS).map(([name, { values, description }]) =>
      query(name, { type: 'string', enum: values, default: values[0] }, description),
    ),
    ApiExtraModels(schema),
    ApiConsumes(JSON_TYPE, NDJSON_TYPE),
    ApiBody({
      schema: {
        type: 'object',
        required: ['items'],
        properties: { items: { type: 'array', minItems: 1, maxItems: 1000, items: ref(schema) } },
      },
    }),
    ApiResponse({ status: 200, description: 'All items were accepted.', type: BulkAnswerDto }),
    ApiResponse({ status: 207, description: 'With `atomic=false`: some items were refused.', type: BulkAnswerDto }),
    ApiProblems(...WRITE_PROBLEMS, ...IDEMPOTENCY_PROBLEMS, 'bulk_refused'),
  );

/** `GET /{resource}/export`: all matching documents as NDJSON. */
export const ExportRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get('export'),
    Requires('viewer'),
    Throttle({ export: {} }),
    UseInterceptors(ExportInterceptor),
    SetRouteOptions({ query: exportQuery(definition), produces: [NDJSON_TYPE] }),
    ApiOperation({
      summary: `Export ${definition.resource}`,
      description:
        'One document per line, from one database snapshot, ordered by key. The last line, `{"count":n}`, confirms ' +
        'that the export is complete. `Accept: application/x-ndjson;trailer=none` leaves it out. Few exports run at the same time; further ones get 503 `overloaded`, and ' +
        'further ones of the same client 429 `rate_limited`. The service closes the connection of a client that ' +
        'reads nothing for a minute, or that needs longer than two minutes by default.',
    }),
    ApiIncludeDeleted('Include deleted documents.'),
    ...filterQueries(definition),
    ApiResponse({
      status: 200,
      description: 'The documents.',
      content: { [NDJSON_TYPE]: { schema: { type: 'string' } } },
    }),
    ApiProblems('invalid_parameter', 'forbidden'),
  );

const facetSchema = {
  type: 'array' as const,
  items: {
    type: 'object' as const,
    required: ['value', 'count'],
    properties: { value: { type: 'string' as const }, count: { type: 'integer' as const } },
  },
};

/** `GET /{resource}/stats`: the number of documents by facet. */
export function StatsRoute(definition: DocumentDefinition): MethodDecorator {
  const facets = Object.entries(definition.fields).flatMap(([name, { facet }]) => (facet ? `by_${name}` : []));
  return applyDecorators(
    Get('stats'),
    Requires('viewer'),
    ApiOperation({
      summary: `Count ${definition.resource} by facet`,
      description: 'The 100 most frequent values per facet.',
    }),
    Cached(definition, 'stats'),
    ApiResponse({
      status: 200,
      description: 'The counts.',
      headers: cacheHeaders,
      schema: {
        type: 'object',
        required: ['total', ...facets],
        properties: { total: { type: 'integer' }, ...Object.fromEntries(facets.map((name) => [name, facetSchema])) },
      },
    }),
    ApiProblems('invalid_parameter'),
  );
}

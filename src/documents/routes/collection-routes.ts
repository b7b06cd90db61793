import { applyDecorators, Get, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { Throttle } from '@nestjs/throttler';
import { Requires } from '../../auth/roles/requires.decorator';
import { BULK_ROUTE, JSON_TYPE, NDJSON_TYPE, YAML_TYPE } from '../../body/media-types';
import { Cached } from '../../cache/cached.decorator';
import { IDEMPOTENCY_PROBLEMS, idempotencyKey } from '../../idempotency/idempotency-documentation';
import { pageOf } from '../../pagination/pagination.dto';
import { ApiCursor, ApiLimit, ApiPage, linkHeader } from '../../pagination/pagination-documentation';
import {
  commaSeparated,
  createRef,
  header,
  pascalCase,
  query,
  ref,
  schemaClass,
  schemaName,
} from '../../openapi/fragments';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { SetRouteOptions } from '../../routing/route-options';
import { Sections } from '../../validation/properties';
import { Property } from '../../validation/schema';
import { BULK_PARAMETERS, bulkQuery } from '../bulk/bulk-query';
import type { DocumentDefinition } from '../definition/document-definition';
import { formatsOf } from '../definition/export-format';
import {
  ApiCreated,
  ApiFields,
  ApiIncludeDeleted,
  ApiKeyParam,
  cacheHeaders,
  READ_ONLY,
  referenceProblems,
  withArticle,
} from '../openapi/documentation-parts';
import { BulkResponseDto, ExportLossesDto, FacetDto } from '../openapi/documents.dto';
import { operationIds } from '../openapi/operation-ids';
import { filterParameters } from '../query/filters';
import { EXPORT_PARAMETERS, exportQuery, exportTypes } from '../query/export-query';
import { listQuery, MAX_SORT_TERMS, sortableFields } from '../query/list-query';
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
const filterQueries = ({ fields, schema: dto }: DocumentDefinition, fixed?: string) =>
  filterParameters(fields)
    .filter(({ parameter }) => parameter !== fixed)
    .map(({ parameter, schema, description }) =>
      query(parameter, schema, description, `${schemaName(dto)}${pascalCase(parameter)}Filter`),
    );

function PageRoute(
  definition: DocumentDefinition,
  operation: { operationId: string; summary: string },
  fixed?: string,
): MethodDecorator {
  const { schema } = definition;
  return applyDecorators(
    Get(),
    Requires('viewer'),
    ApiOperation({
      ...operation,
      description:
        'Filters combine; a comma within a filter means or. `extra.a.b=value` filters by members of `extra`. Pages have numbers and a total, or a `cursor`, which is ' +
        'fast at any depth. `fields` selects the members of each document.',
    }),
    ApiPage,
    ApiLimit,
    ApiCursor,
    query('count', { type: 'string', enum: ['exact'] }, 'With `cursor`: also count the matching documents.'),
    query(
      'sort',
      commaSeparated(
        { type: 'string', enum: sortableFields(definition).flatMap((field) => [field, `-${field}`]) },
        { maxItems: MAX_SORT_TERMS },
      ),
      'Up to three different fields; a leading - sorts in descending order. Default: -updated_at, or by relevance with q.',
      `${schemaName(schema)}Sort`,
    ),
    ApiFields(definition),
    ApiIncludeDeleted,
    ...filterQueries(definition, fixed),
    Cached(definition, 'list', listQuery(definition, fixed)),
    ApiResponse({
      status: 200,
      description: 'A page of documents.',
      headers: listHeaders,
      type: pageOf(schema),
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
  PageRoute(definition, { operationId: operationIds(definition).list, summary: `List ${definition.resource}` });

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
    PageRoute(
      definition,
      {
        operationId: `list${schemaName(parent.schema)}${pascalCase(definition.resource)}`,
        summary: `List the ${definition.resource} of ${withArticle(parent)}`,
      },
      filter,
    ),
  );

/** `POST /{resource}`: creates a document. */
export const CreateRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Post(),
    Requires('editor'),
    ApiOperation({
      operationId: operationIds(definition).create,
      summary: `Create ${withArticle(definition)}`,
      description: `Without a key, the service generates one. ${READ_ONLY}`,
    }),
    idempotencyKey,
    ApiBody({ schema: createRef(definition.schema) }),
    ApiCreated(definition),
    ApiProblems(
      ...WRITE_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'already_exists',
      'key_deleted',
      ...referenceProblems(definition),
    ),
  );

/** `POST /{resource}/bulk`: creates or replaces many documents. */
export function BulkRoute(definition: DocumentDefinition): MethodDecorator {
  const { resource, schema } = definition;
  const request = schemaClass(`Bulk${schemaName(schema)}RequestDto`, {
    items: Property({ type: 'array', items: createRef(schema), minItems: 1, maxItems: 1000 }, { required: true }),
  });
  return applyDecorators(
    Post('bulk'),
    HttpCode(200),
    Requires('editor'),
    Throttle({ bulk: {} }),
    SetRouteOptions({ ...BULK_ROUTE, query: bulkQuery }),
    ApiOperation({
      operationId: operationIds(definition).bulk,
      summary: `Create or replace many ${resource}`,
      description:
        'At most 1,000 items, 5 MiB and 100,000 values. Items may refer to items that follow them. Lines of an export are safe to send ' +
        'back: an item whose `version` is older than that of the document changes nothing (`version_conflict`), and ' +
        'one with `deleted_at` creates, changes and restores nothing.',
    }),
    idempotencyKey,
    ...Object.entries(BULK_PARAMETERS).map(([name, { values, description }]) =>
      query(name, valuesSchema(values), description),
    ),
    ApiConsumes(JSON_TYPE, NDJSON_TYPE),
    ApiBody({ type: request }),
    ApiResponse({
      status: 200,
      description: 'All items were accepted.',
      type: BulkResponseDto,
    }),
    ApiResponse({
      status: 207,
      description: 'With `atomic=false`: some items were refused.',
      type: BulkResponseDto,
    }),
    ApiProblems(...WRITE_PROBLEMS, ...IDEMPOTENCY_PROBLEMS, 'bulk_refused'),
  );
}

/** The schema of a parameter with these values, the first of which is the default. */
const valuesSchema = (values: string[]) =>
  values.includes('true')
    ? { type: 'boolean', default: values[0] === 'true' }
    : { type: 'string', enum: values, default: values[0] };

/** `GET /{resource}/export`: all matching documents, as NDJSON or in another format. */
export const ExportRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get('export'),
    Requires('viewer'),
    Throttle({ export: {} }),
    UseInterceptors(ExportInterceptor),
    SetRouteOptions({ query: exportQuery(definition), produces: exportTypes(definition), takesPoolShare: true }),
    ApiOperation({
      operationId: operationIds(definition).export,
      summary: `Export ${definition.resource}`,
      description:
        'One document per line, from one database snapshot, ordered by key. The last line, `{"count":n}`, confirms ' +
        'that the export is complete; `Accept: application/x-ndjson;trailer=none` leaves it out, for example for ' +
        '`read_json(…, lines=True)` of pandas. Few exports run at the same time: further ones get 503 `overloaded`, ' +
        'further ones of the same client 429. A client that reads for longer than two minutes, or too slowly while ' +
        'others wait, is disconnected.',
    }),
    query(
      'format',
      { type: 'string', enum: formatsOf(definition) },
      EXPORT_PARAMETERS.format,
      definition.formats ? `${schemaName(definition.schema)}Format` : 'Format',
    ),
    query('losses', { type: 'boolean', default: false }, EXPORT_PARAMETERS.losses),
    query('bom', { type: 'boolean', default: false }, EXPORT_PARAMETERS.bom),
    ApiIncludeDeleted,
    ...filterQueries(definition),
    ApiExtraModels(ExportLossesDto),
    ApiResponse({
      status: 200,
      description: 'The documents, or the losses as JSON.',
      headers: { 'X-Export-Losses': header('integer', 'Number of losses.') },
      content: Object.fromEntries(
        exportTypes(definition).map((type) => [
          type,
          { schema: type === JSON_TYPE ? ref(ExportLossesDto) : { type: type === YAML_TYPE ? 'object' : 'string' } },
        ]),
      ),
    }),
    ApiProblems('invalid_parameter', 'forbidden'),
  );

/** `GET /{resource}/stats`: the number of documents by facet. */
export function StatsRoute(definition: DocumentDefinition): MethodDecorator {
  const facets = Object.entries(definition.fields).flatMap(([name, { facet }]) => (facet ? `by_${name}` : []));
  const counts = schemaClass(`${schemaName(definition.schema)}CountsDto`, {
    total: Property({ type: 'integer', minimum: 0 }, { required: true, example: 503 }),
    ...Object.fromEntries(facets.map((name) => [name, Sections(() => FacetDto, { max: 100, required: true })])),
  });
  return applyDecorators(
    Get('stats'),
    Requires('viewer'),
    ApiOperation({
      operationId: operationIds(definition).stats,
      summary: `Count ${definition.resource} by facet`,
      description: 'The 100 most frequent values per facet.',
    }),
    Cached(definition, 'stats'),
    ApiResponse({ status: 200, description: 'The counts.', headers: cacheHeaders, type: counts }),
    ApiProblems('invalid_parameter'),
  );
}

import { applyDecorators, Get, HttpCode, Post } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { Requires } from '../../auth/roles/requires.decorator';
import { BULK_ROUTE } from '../../body/media-types';
import { Cached } from '../../cache/cached.decorator';
import { SetRouteOptions } from '../../routing/route-options';
import { bulkQuery } from '../bulk/bulk-query';
import type { DocumentDefinition } from '../definition/document-definition';
import { ApiKeyParam, withArticle } from '../openapi/documentation-parts';
import { ApiDocumentList, ApiExport, ApiStatistics } from '../openapi/read-documentation';
import { ApiBulk, ApiDocumentCreation } from '../openapi/write-documentation';
import { exportQuery, listQuery } from '../query/list-query';

/** `GET /{resource}`: a page of documents. */
export const ListRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    ApiDocumentList(definition, `List ${definition.resource}`),
    Cached(definition, 'list', listQuery(definition)),
    Requires('viewer'),
    Get(),
  );

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
    ApiDocumentList(definition, `List the ${definition.resource} of ${withArticle(parent)}`, filter),
    Cached(definition, 'list', listQuery(definition, filter)),
    Requires('viewer'),
    Get(),
  );

/** `POST /{resource}`: creates a document. */
export const CreateRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(ApiDocumentCreation(definition), Requires('editor'), Post());

/** `POST /{resource}/bulk`: creates or replaces many documents. */
export const BulkRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    ApiBulk(definition),
    SetRouteOptions({ ...BULK_ROUTE, query: bulkQuery }),
    HttpCode(200),
    Requires('editor'),
    Throttle({ bulk: {} }),
    Post('bulk'),
  );

/** `GET /{resource}/export`: all matching documents as NDJSON. */
export const ExportRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    ApiExport(definition),
    SetRouteOptions({ query: exportQuery(definition) }),
    Requires('viewer'),
    Throttle({ export: {} }),
    Get('export'),
  );

/** `GET /{resource}/stats`: the number of documents by facet. */
export const StatsRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(ApiStatistics(definition), Cached(definition, 'stats'), Requires('viewer'), Get('stats'));

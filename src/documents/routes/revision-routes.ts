import { applyDecorators, Get } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { Requires } from '../../auth/roles/requires.decorator';
import { Cached } from '../../cache/cached.decorator';
import { pageOf } from '../../pagination/pagination.dto';
import { ApiCursor, ApiLimit, linkHeader } from '../../pagination/pagination-documentation';
import { ApiProblems } from '../../problems/problem-documentation';
import { component } from '../../openapi/fragments';
import type { DocumentDefinition } from '../definition/document-definition';
import {
  ApiIncludeDeleted,
  ApiKeyParam,
  cacheHeaders,
  referenceProblems,
  withArticle,
} from '../openapi/documentation-parts';
import { RevertDto, RevisionDto, RevisionSummaryDto } from '../openapi/documents.dto';
import { operationIds } from '../openapi/operation-ids';
import { historyQuery, revisionQuery } from '../query/item-query';
import { StepRoute } from './step-route';

/** `GET /{resource}/{key}/revisions`: a page of the revisions of a document. */
export const RevisionsRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get(':key/revisions'),
    Requires('viewer'),
    ApiOperation({
      operationId: operationIds(definition).revisions,
      summary: `List the revisions of ${withArticle(definition)}`,
      description: 'Newest first, with cursor pagination.',
    }),
    ApiKeyParam(definition),
    ApiLimit,
    ApiCursor,
    ApiIncludeDeleted,
    Cached(definition, 'revisions', historyQuery),
    ApiResponse({
      status: 200,
      description: 'A page of revisions.',
      headers: { ...linkHeader, ...cacheHeaders },
      type: pageOf(RevisionSummaryDto),
    }),
    ApiProblems('invalid_parameter', 'invalid_cursor', 'cursor_mismatch', 'forbidden', 'not_found'),
  );

/** `GET /{resource}/{key}/revisions/{version}`: one revision with its document. */
export const RevisionRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get(':key/revisions/:version'),
    Requires('viewer'),
    ApiOperation({
      operationId: operationIds(definition).revision,
      summary: `Read a revision of ${withArticle(definition)}`,
      description: 'The complete document at this version, and who wrote it, when and why.',
    }),
    ApiKeyParam(definition),
    ApiParam({
      name: 'version',
      description: 'The version of the document.',
      schema: { type: 'integer', minimum: 1, maximum: 2_147_483_647 },
      extensions: component('Version'),
    }),
    ApiIncludeDeleted,
    Cached(definition, 'revisions', revisionQuery),
    ApiResponse({
      status: 200,
      description: 'The revision.',
      type: RevisionDto,
      headers: cacheHeaders,
    }),
    ApiProblems('invalid_parameter', 'forbidden', 'not_found'),
  );

/** `POST /{resource}/{key}/revert`: creates a new version with the content of an old one. */
export const RevertRoute = (definition: DocumentDefinition): MethodDecorator =>
  StepRoute(definition, {
    path: 'revert',
    operationId: operationIds(definition).revert,
    summary: `Revert ${withArticle(definition)} to an old version`,
    description: 'The content of the old version becomes a new version. The status of a metric does not change.',
    body: RevertDto,
    problems: referenceProblems(definition),
  });

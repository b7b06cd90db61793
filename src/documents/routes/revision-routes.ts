import { applyDecorators, Get } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { Requires } from '../../auth/roles/requires.decorator';
import { Cached } from '../../cache/cached.decorator';
import { CursorPaginationDto } from '../../pagination/pagination.dto';
import { ApiProblems } from '../../problems/problem-documentation';
import { query, ref } from '../../routing/openapi-fragments';
import type { DocumentDefinition } from '../definition/document-definition';
import {
  ApiIncludeDeleted,
  ApiKeyParam,
  ApiLimit,
  cacheHeaders,
  linkHeader,
  pageSchema,
  referenceProblems,
  withArticle,
} from '../openapi/documentation-parts';
import { RevertDto, RevisionDto, RevisionSummaryDto } from '../openapi/documents.dto';
import { historyQuery, revisionQuery } from '../query/item-query';
import { StepRoute } from './step-route';

const ofDeleted = ApiIncludeDeleted('Return revisions even if the document is deleted.');

/** `GET /{resource}/{key}/revisions`: a page of the revisions of a document. */
export const RevisionsRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get(':key/revisions'),
    Requires('viewer'),
    ApiOperation({
      summary: `List the revisions of ${withArticle(definition)}`,
      description: 'Newest first, with cursor pagination.',
    }),
    ApiExtraModels(RevisionSummaryDto, CursorPaginationDto),
    ApiKeyParam(definition),
    ApiLimit,
    query('cursor', { type: 'string' }, '`nextCursor` or `prevCursor` of the last response.'),
    ofDeleted,
    Cached(definition, 'revisions', historyQuery),
    ApiResponse({
      status: 200,
      description: 'A page of revisions.',
      headers: { ...linkHeader, ...cacheHeaders },
      schema: pageSchema(ref(RevisionSummaryDto), ref(CursorPaginationDto)),
    }),
    ApiProblems('invalid_parameter', 'invalid_cursor', 'cursor_mismatch', 'forbidden', 'not_found'),
  );

/** `GET /{resource}/{key}/revisions/{version}`: one revision with its document. */
export const RevisionRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get(':key/revisions/:version'),
    Requires('viewer'),
    ApiOperation({ summary: `Read a revision of ${withArticle(definition)}` }),
    ApiKeyParam(definition),
    ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } }),
    ofDeleted,
    Cached(definition, 'revisions', revisionQuery),
    ApiResponse({ status: 200, description: 'The revision.', type: RevisionDto, headers: cacheHeaders }),
    ApiProblems('invalid_parameter', 'forbidden', 'not_found'),
  );

/** `POST /{resource}/{key}/revert`: creates a new version with the content of an old one. */
export const RevertRoute = (definition: DocumentDefinition): MethodDecorator =>
  StepRoute(definition, {
    path: 'revert',
    summary: `Revert ${withArticle(definition)} to an old version`,
    body: RevertDto,
    problems: referenceProblems(definition),
  });

import { applyDecorators, Delete, Get, Patch, Put } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { Requires } from '../../auth/roles/requires.decorator';
import { JSON_TYPE, MERGE_PATCH_TYPE } from '../../body/media-types';
import { Cached } from '../../cache/cached.decorator';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { query } from '../../routing/openapi-fragments';
import type { DocumentDefinition } from '../definition/document-definition';
import {
  ApiIfMatch,
  ApiIncludeDeleted,
  ApiKeyParam,
  ApiWritten,
  cacheHeaders,
  etag,
  referenceProblems,
  withArticle,
} from '../openapi/documentation-parts';
import { itemQuery } from '../query/item-query';
import { membersOf } from '../query/list-query';
import { StepRoute } from './step-route';

/** `GET /{resource}/{key}`: one document. */
export const ReadRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get(':key'),
    Requires('viewer'),
    ApiOperation({ summary: `Read ${withArticle(definition)}` }),
    ApiKeyParam(definition),
    query('fields', { type: 'string' }, `Members to return: ${membersOf(definition).join(', ')}.`),
    ApiIncludeDeleted('Return the document even if it is deleted.'),
    Cached(definition, 'item', itemQuery(definition)),
    ApiResponse({
      status: 200,
      description: 'The document.',
      type: definition.dto,
      headers: { ...cacheHeaders, ...etag },
    }),
    ApiProblems('invalid_parameter', 'forbidden', 'not_found'),
  );

/** `PUT /{resource}/{key}`: replaces or creates a document. */
export const ReplaceRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Put(':key'),
    Requires('editor'),
    ApiOperation({
      summary: `Replace or create ${withArticle(definition)}`,
      description: '`If-Match` replaces, `If-None-Match: *` creates.',
    }),
    ApiKeyParam(definition),
    ApiIfMatch,
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: '* creates the document.',
      schema: { type: 'string', enum: ['*'] },
    }),
    ApiBody({ type: definition.schema }),
    ApiWritten(definition, 'Replaced.'),
    ApiWritten(definition, 'Created.', 201),
    ApiProblems(
      ...WRITE_PROBLEMS,
      'not_found',
      'key_deleted',
      'precondition_failed',
      'precondition_required',
      ...referenceProblems(definition),
    ),
  );

/** `PATCH /{resource}/{key}`: updates a document with a JSON merge patch. */
export const PatchRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Patch(':key'),
    Requires('editor'),
    ApiOperation({
      summary: `Update ${withArticle(definition)}`,
      description:
        'A JSON merge patch (RFC 7396): members replace, null removes, objects merge. ' +
        'The resulting document is validated.',
    }),
    ApiKeyParam(definition),
    ApiIfMatch,
    ApiConsumes(MERGE_PATCH_TYPE, JSON_TYPE),
    ApiExtraModels(definition.schema),
    ApiBody({
      schema: {
        type: 'object',
        additionalProperties: true,
        description: `Any members of ${definition.schema.name}, or null.`,
      },
    }),
    ApiWritten(definition, 'The new version.'),
    ApiProblems(...WRITE_PROBLEMS, 'not_found', 'precondition_failed', ...referenceProblems(definition)),
  );

/**
 * `DELETE /{resource}/{key}`: deletes a document; it can be restored. `in-use-documentation.ts` removes `in_use` again
 * for resources that nothing refers to, which is known once all resources are registered.
 *
 * @param parameters decorators of query parameters
 */
export const DeleteRoute = (definition: DocumentDefinition, ...parameters: MethodDecorator[]): MethodDecorator =>
  applyDecorators(
    Delete(':key'),
    Requires('editor'),
    ApiOperation({ summary: `Delete ${withArticle(definition)}` }),
    ApiKeyParam(definition),
    ...parameters,
    ApiIfMatch,
    ApiResponse({ status: 204, description: 'Deleted. `restore` undoes it.' }),
    ApiProblems('invalid_header', 'invalid_parameter', 'not_found', 'in_use', 'precondition_failed'),
  );

/** `POST /{resource}/{key}/restore`: restores a deleted document. */
export const RestoreRoute = (definition: DocumentDefinition): MethodDecorator =>
  StepRoute(definition, {
    path: 'restore',
    summary: `Restore ${withArticle(definition)}`,
    problems: ['not_deleted', ...referenceProblems(definition)],
  });

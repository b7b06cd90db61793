import { applyDecorators, Delete, Get, Patch, Put } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { Requires } from '../../auth/roles/requires.decorator';
import { MERGE_PATCH_TYPE } from '../../body/media-types';
import { Cached } from '../../cache/cached.decorator';
import { component, createRef, patchRef } from '../../openapi/fragments';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import type { DocumentDefinition } from '../definition/document-definition';
import {
  ApiCreated,
  ApiFields,
  ApiIfMatch,
  ApiIncludeDeleted,
  ApiKeyParam,
  ApiWritten,
  cacheHeaders,
  etag,
  READ_ONLY,
  referenceProblems,
  withArticle,
} from '../openapi/documentation-parts';
import { operationIds } from '../openapi/operation-ids';
import { itemQuery } from '../query/item-query';
import { StepRoute } from './step-route';

/** `GET /{resource}/{key}`: one document. */
export const ReadRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    Get(':key'),
    Requires('viewer'),
    ApiOperation({
      operationId: operationIds(definition).read,
      summary: `Read ${withArticle(definition)}`,
      description: '`fields` selects members. `If-None-Match` with the ETag of a copy gets 304 while it is current.',
    }),
    ApiKeyParam(definition),
    ApiFields(definition),
    ApiIncludeDeleted,
    Cached(definition, 'item', itemQuery(definition)),
    ApiResponse({
      status: 200,
      description: 'The document.',
      type: definition.schema,
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
      operationId: operationIds(definition).replace,
      summary: `Replace or create ${withArticle(definition)}`,
      description: `\`If-Match\` replaces, \`If-None-Match: *\` creates; one of them is required. ${READ_ONLY}`,
    }),
    ApiKeyParam(definition),
    ApiIfMatch,
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: '* creates the document.',
      schema: { type: 'string', enum: ['*'] },
      extensions: component('IfNoneMatchAny'),
    }),
    ApiBody({ schema: createRef(definition.schema) }),
    ApiWritten(definition),
    ApiCreated(definition),
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
      operationId: operationIds(definition).patch,
      summary: `Update ${withArticle(definition)}`,
      description:
        'A JSON merge patch (RFC 7396): members replace, null removes, objects merge. The resulting document is ' +
        `validated. The media type \`application/json\` is accepted too. ${READ_ONLY}`,
    }),
    ApiKeyParam(definition),
    ApiIfMatch,
    ApiConsumes(MERGE_PATCH_TYPE),
    ApiBody({ schema: patchRef(definition.schema) }),
    ApiWritten(definition),
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
    ApiOperation({
      operationId: operationIds(definition).remove,
      summary: `Delete ${withArticle(definition)}`,
      description: 'Marks the document as deleted: its key stays taken, and `restore` undoes it.',
    }),
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
    operationId: operationIds(definition).restore,
    summary: `Restore ${withArticle(definition)}`,
    description: 'Undoes a deletion, as a new version.',
    problems: ['not_deleted', ...referenceProblems(definition)],
  });

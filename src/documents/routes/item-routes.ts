import { applyDecorators, Delete, Get, Patch, Put } from '@nestjs/common';
import { Requires } from '../../auth/roles/requires.decorator';
import { Cached } from '../../cache/cached.decorator';
import type { DocumentDefinition } from '../definition/document-definition';
import { ApiKeyParam, withArticle } from '../openapi/documentation-parts';
import { ApiDocument } from '../openapi/read-documentation';
import {
  ApiDocumentPatch,
  ApiDocumentRemoval,
  ApiDocumentReplacement,
  referenceProblems,
} from '../openapi/write-documentation';
import { itemQuery } from '../query/item-query';
import { StepRoute } from './step-route';

/** `GET /{resource}/{key}`: one document. */
export const ReadRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    ApiKeyParam(definition),
    ApiDocument(definition),
    Cached(definition, 'item', itemQuery(definition)),
    Requires('viewer'),
    Get(':key'),
  );

/** `PUT /{resource}/{key}`: replaces or creates a document. */
export const ReplaceRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(ApiKeyParam(definition), ApiDocumentReplacement(definition), Requires('editor'), Put(':key'));

/** `PATCH /{resource}/{key}`: updates a document with a JSON merge patch. */
export const PatchRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(ApiKeyParam(definition), ApiDocumentPatch(definition), Requires('editor'), Patch(':key'));

/**
 * `DELETE /{resource}/{key}`: deletes a document; it can be restored.
 *
 * @param parameters decorators of query parameters
 */
export const DeleteRoute = (definition: DocumentDefinition, ...parameters: MethodDecorator[]): MethodDecorator =>
  applyDecorators(
    ApiKeyParam(definition),
    ...parameters,
    ApiDocumentRemoval(definition),
    Requires('editor'),
    Delete(':key'),
  );

/** `POST /{resource}/{key}/restore`: restores a deleted document. */
export const RestoreRoute = (definition: DocumentDefinition): MethodDecorator =>
  StepRoute(definition, {
    path: 'restore',
    summary: `Restore ${withArticle(definition)}`,
    problems: ['not_deleted', ...referenceProblems(definition)],
  });

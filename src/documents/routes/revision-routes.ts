import { applyDecorators, Get } from '@nestjs/common';
import { Requires } from '../../auth/roles/requires.decorator';
import { Cached } from '../../cache/cached.decorator';
import type { DocumentDefinition } from '../definition/document-definition';
import { ApiKeyParam, withArticle } from '../openapi/documentation-parts';
import { RevertDto } from '../openapi/documents.dto';
import { ApiRevision, ApiRevisions } from '../openapi/read-documentation';
import { referenceProblems } from '../openapi/write-documentation';
import { historyQuery, revisionQuery } from '../query/item-query';
import { StepRoute } from './step-route';

/** `GET /{resource}/{key}/revisions`: a page of the revisions of a document. */
export const RevisionsRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    ApiKeyParam(definition),
    ApiRevisions(definition),
    Cached(definition, 'revisions', historyQuery),
    Requires('viewer'),
    Get(':key/revisions'),
  );

/** `GET /{resource}/{key}/revisions/{version}`: one revision with its document. */
export const RevisionRoute = (definition: DocumentDefinition): MethodDecorator =>
  applyDecorators(
    ApiKeyParam(definition),
    ApiRevision(definition),
    Cached(definition, 'revisions', revisionQuery),
    Requires('viewer'),
    Get(':key/revisions/:version'),
  );

/** `POST /{resource}/{key}/revert`: creates a new version with the content of an old one. */
export const RevertRoute = (definition: DocumentDefinition): MethodDecorator =>
  StepRoute(definition, {
    path: 'revert',
    summary: `Revert ${withArticle(definition)} to an old version`,
    body: RevertDto,
    problems: referenceProblems(definition),
  });

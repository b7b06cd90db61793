import { applyDecorators, HttpCode, Patch, Post, type Type } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation } from '@nestjs/swagger';
import { Requires } from '../../auth/roles/requires.decorator';
import { MERGE_PATCH_TYPE } from '../../body/media-types';
import { IDEMPOTENCY_PROBLEMS, idempotencyKey } from '../../idempotency/idempotency-documentation';
import type { ProblemCode } from '../../problems/problem-codes';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import type { DocumentDefinition } from '../definition/document-definition';
import { ApiIfMatch, ApiKeyParam, ApiWritten } from '../openapi/documentation-parts';

export interface Step {
  /** The path after `/{resource}/{key}/`. */
  path: string;
  /** POST by default; POST requests accept an `Idempotency-Key`. */
  method?: 'PATCH';
  operationId: string;
  summary: string;
  description: string;
  /** The class of the body; absent when the request has none. */
  body?: Type;
  /** Decorators of path parameters other than `key`. */
  parameters?: readonly MethodDecorator[];
  /** Problems besides those of every write. */
  problems?: readonly ProblemCode[];
}

/** `POST /{resource}/{key}/{path}`: creates a new version of a document, for example by a status transition. */
export const StepRoute = (
  definition: DocumentDefinition,
  { path, method, operationId, summary, description, body, problems = [], parameters = [] }: Step,
): MethodDecorator =>
  applyDecorators(
    (method === 'PATCH' ? Patch : Post)(`:key/${path}`),
    HttpCode(200),
    Requires('editor'),
    ApiOperation({ operationId, summary, description }),
    ApiKeyParam(definition),
    ...parameters,
    ...(method === 'PATCH' ? [] : [idempotencyKey]),
    ApiIfMatch,
    ...(method === 'PATCH' ? [ApiConsumes(MERGE_PATCH_TYPE)] : []),
    ...(body ? [ApiBody({ type: body })] : []),
    ApiWritten(definition),
    ApiProblems(
      ...(body ? WRITE_PROBLEMS : (['invalid_header', 'invalid_parameter', 'invalid_document'] as const)),
      'not_found',
      'precondition_failed',
      ...(method === 'PATCH' ? [] : IDEMPOTENCY_PROBLEMS),
      ...problems,
    ),
  );

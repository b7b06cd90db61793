import { applyDecorators, HttpCode, Patch, Post, type Type } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { Requires } from '../../auth/roles/requires.decorator';
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
  summary: string;
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
  { path, method, summary, body, problems = [], parameters = [] }: Step,
): MethodDecorator =>
  applyDecorators(
    (method === 'PATCH' ? Patch : Post)(`:key/${path}`),
    HttpCode(200),
    Requires('editor'),
    ApiOperation({ summary }),
    ApiKeyParam(definition),
    ...parameters,
    ...(method === 'PATCH' ? [] : [idempotencyKey]),
    ApiIfMatch,
    ...(body ? [ApiBody({ type: body })] : []),
    ApiWritten(definition, 'The new version.'),
    ApiProblems(
      ...(body ? WRITE_PROBLEMS : (['invalid_header', 'invalid_parameter', 'invalid_document'] as const)),
      'not_found',
      'precondition_failed',
      ...(method === 'PATCH' ? [] : IDEMPOTENCY_PROBLEMS),
      ...problems,
    ),
  );

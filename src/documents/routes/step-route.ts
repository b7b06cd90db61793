import { applyDecorators, HttpCode, RequestMapping, RequestMethod, type Type } from '@nestjs/common';
import { Requires } from '../../auth/roles/requires.decorator';
import type { ProblemCode } from '../../problems/problem-codes';
import type { DocumentDefinition } from '../definition/document-definition';
import { ApiKeyParam } from '../openapi/documentation-parts';
import { ApiDocumentStep } from '../openapi/write-documentation';

export interface Step {
  /** The path after `/{resource}/{key}/`. */
  path: string;
  /** POST by default. */
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
  { path, method, summary, body, problems, parameters = [] }: Step,
): MethodDecorator =>
  applyDecorators(
    ApiKeyParam(definition),
    ...parameters,
    ApiDocumentStep(definition, { summary, body, problems, isIdempotent: method === undefined }),
    HttpCode(200),
    Requires('editor'),
    RequestMapping({ path: `:key/${path}`, method: method ? RequestMethod.PATCH : RequestMethod.POST }),
  );

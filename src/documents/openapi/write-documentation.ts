import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { JSON_TYPE, MERGE_PATCH_TYPE, NDJSON_TYPE } from '../../body/media-types';
import { IDEMPOTENCY_PROBLEMS, idempotencyKey } from '../../idempotency/idempotency-documentation';
import type { ProblemCode } from '../../problems/problem-codes';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { query, ref } from '../../routing/openapi-fragments';
import { BULK_PARAMETERS } from '../bulk/bulk-query';
import type { DocumentDefinition } from '../definition/document-definition';
import { etag, withArticle } from './documentation-parts';
import { BulkAnswerDto } from './documents.dto';

const ifMatch = ApiHeader({
  name: 'If-Match',
  required: false,
  description: 'A list of ETags, one of which must match the document, or *.',
  schema: { type: 'string', examples: ['"3"'] },
});

/** The problems that the references of a resource can cause. */
export const referenceProblems = ({ references = [] }: DocumentDefinition): ProblemCode[] => [
  ...(references.length > 0 ? (['unknown_reference'] as const) : []),
  ...(references.some(({ acyclic }) => acyclic) ? (['cycle'] as const) : []),
];

/** Documents the creation of a document. */
export const ApiDocumentCreation = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({ summary: `Create ${withArticle(definition)}` }),
    idempotencyKey,
    ApiBody({ type: definition.schema }),
    ApiResponse({
      status: 201,
      description: 'Created.',
      type: definition.dto,
      headers: { ...etag, Location: { schema: { type: 'string' }, description: 'The path of the document.' } },
    }),
    ApiProblems(
      ...WRITE_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'already_exists',
      'key_deleted',
      ...referenceProblems(definition),
    ),
  );

/** Documents PUT. */
export const ApiDocumentReplacement = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({
      summary: `Replace or create ${withArticle(definition)}`,
      description: '`If-Match` replaces, `If-None-Match: *` creates.',
    }),
    ifMatch,
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: '* creates the document.',
      schema: { type: 'string', enum: ['*'] },
    }),
    ApiBody({ type: definition.schema }),
    ApiResponse({ status: 200, description: 'Replaced.', type: definition.dto, headers: etag }),
    ApiResponse({ status: 201, description: 'Created.', type: definition.dto, headers: etag }),
    ApiProblems(
      ...WRITE_PROBLEMS,
      'not_found',
      'key_deleted',
      'precondition_failed',
      'precondition_required',
      ...referenceProblems(definition),
    ),
  );

/** Documents PATCH with a JSON merge patch. */
export const ApiDocumentPatch = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({
      summary: `Update ${withArticle(definition)}`,
      description:
        'A JSON merge patch (RFC 7396): members replace, null removes, objects merge. ' +
        'The resulting document is validated.',
    }),
    ifMatch,
    ApiConsumes(MERGE_PATCH_TYPE, JSON_TYPE),
    ApiExtraModels(definition.schema),
    ApiBody({
      schema: {
        type: 'object',
        additionalProperties: true,
        description: `Any members of ${definition.schema.name}, or null.`,
      },
    }),
    ApiResponse({ status: 200, description: 'The new version.', type: definition.dto, headers: etag }),
    ApiProblems(...WRITE_PROBLEMS, 'not_found', 'precondition_failed', ...referenceProblems(definition)),
  );

/**
 * Documents the soft delete. `in-use-documentation.ts` removes `in_use` again for resources that nothing refers to,
 * which is known once all resources are registered.
 */
export const ApiDocumentRemoval = (definition: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({ summary: `Delete ${withArticle(definition)}` }),
    ifMatch,
    ApiResponse({ status: 204, description: 'Deleted. `restore` undoes it.' }),
    ApiProblems('invalid_header', 'invalid_parameter', 'not_found', 'in_use', 'precondition_failed'),
  );

/** A request that creates a new version of a document, other than PUT and PATCH. */
export interface StepDocumentation {
  summary: string;
  /** The class of the body; absent when the request has none. */
  body?: Type | undefined;
  /** Problems besides those of every write. */
  problems?: readonly ProblemCode[] | undefined;
  /** POST requests accept an `Idempotency-Key`. */
  isIdempotent: boolean;
}

/** Documents a request that creates a new version of a document. */
export const ApiDocumentStep = (
  { dto }: DocumentDefinition,
  { summary, body, problems = [], isIdempotent }: StepDocumentation,
) =>
  applyDecorators(
    ...(isIdempotent ? [idempotencyKey] : []),
    ApiOperation({ summary }),
    ifMatch,
    ...(body ? [ApiBody({ type: body })] : []),
    ApiResponse({ status: 200, description: 'The new version.', type: dto, headers: etag }),
    ApiProblems(
      ...(body ? WRITE_PROBLEMS : (['invalid_header', 'invalid_parameter', 'invalid_document'] as const)),
      'not_found',
      'precondition_failed',
      ...(isIdempotent ? IDEMPOTENCY_PROBLEMS : []),
      ...problems,
    ),
  );

const BULK_DESCRIPTIONS: Record<keyof typeof BULK_PARAMETERS, string> = {
  mode: 'Whether existing keys are refused or replaced.',
  atomic: 'true: all items or none. false: all valid items (207).',
  dry_run: 'Validate everything and write nothing.',
  refs: 'strict: refuse references to unknown keys. lenient: accept and list them.',
};

/** Documents the bulk write. */
export const ApiBulk = ({ resource, schema }: DocumentDefinition) =>
  applyDecorators(
    ApiOperation({
      summary: `Create or replace many ${resource}`,
      description: 'At most 1,000 items and 5 MiB. Items may refer to items that follow them.',
    }),
    idempotencyKey,
    ...Object.entries(BULK_PARAMETERS).map(([name, values]) =>
      query(
        name,
        { type: 'string', enum: values, default: values[0] },
        BULK_DESCRIPTIONS[name as keyof typeof BULK_PARAMETERS],
      ),
    ),
    ApiExtraModels(schema),
    ApiConsumes(JSON_TYPE, NDJSON_TYPE),
    ApiBody({
      schema: {
        type: 'object',
        required: ['items'],
        properties: { items: { type: 'array', minItems: 1, maxItems: 1000, items: ref(schema) } },
      },
    }),
    ApiResponse({ status: 200, description: 'All items were accepted.', type: BulkAnswerDto }),
    ApiResponse({ status: 207, description: 'With `atomic=false`: some items were refused.', type: BulkAnswerDto }),
    ApiProblems(...WRITE_PROBLEMS, ...IDEMPOTENCY_PROBLEMS, 'bulk_refused'),
  );

import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { JSON_TYPE, MERGE_PATCH_TYPE, NDJSON_TYPE } from '../../body/body-parsers';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import type { ProblemCode } from '../../problems/problem-codes';
import { BULK_PARAMETERS } from '../bulk/bulk-request';
import type { DocumentDefinition } from '../definition/document-definition';
import { query, ref } from '../../routing/openapi-fragments';
import { etag } from './documentation-parts';
import { BulkAnswerDto, RevertDto } from './documents.dto';

const IDEMPOTENT: ProblemCode[] = ['idempotency_in_progress', 'idempotency_key_reused'];

const ifMatch = (required = false) =>
  ApiHeader({
    name: 'If-Match',
    required,
    description: 'ETags one of which the document must have, or *.',
    schema: { type: 'string', examples: ['"3"'] },
  });

const idempotencyKey = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description:
    'Makes a repeated request happen once: within 24 hours the first answer is sent again, with `Idempotency-Replayed: true`.',
  schema: { type: 'string', minLength: 1, maxLength: 257 },
});

/** What a document's references may meet, where it has any. */
const referenceProblems = ({ references = [] }: DocumentDefinition): ProblemCode[] => [
  ...(references.length > 0 ? (['unknown_reference'] as const) : []),
  ...(references.some(({ acyclic }) => acyclic) ? (['cycle'] as const) : []),
];

/** A new document. */
export const ApiDocumentCreation = (definition: DocumentDefinition, body: Type, dto: Type, summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    idempotencyKey,
    ApiBody({ type: body }),
    ApiResponse({
      status: 201,
      description: 'Created.',
      type: dto,
      headers: { ...etag, Location: { schema: { type: 'string' }, description: 'The path of the document.' } },
    }),
    ApiProblems(...WRITE_PROBLEMS, ...IDEMPOTENT, 'already_exists', 'key_deleted', ...referenceProblems(definition)),
  );

/** PUT. */
export const ApiDocumentReplacement = (definition: DocumentDefinition, body: Type, dto: Type, summary: string) =>
  applyDecorators(
    ApiOperation({ summary, description: '`If-Match` replaces, `If-None-Match: *` creates.' }),
    ifMatch(),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: '* to create.',
      schema: { type: 'string', enum: ['*'] },
    }),
    ApiBody({ type: body }),
    ApiResponse({ status: 200, description: 'Replaced.', type: dto, headers: etag }),
    ApiResponse({ status: 201, description: 'Created.', type: dto, headers: etag }),
    ApiProblems(
      ...WRITE_PROBLEMS,
      'not_found',
      'key_deleted',
      'precondition_failed',
      'precondition_required',
      ...referenceProblems(definition),
    ),
  );

/** PATCH by merge patch. */
export const ApiDocumentPatch = (definition: DocumentDefinition, body: Type, dto: Type, summary: string) =>
  applyDecorators(
    ApiOperation({
      summary,
      description:
        'A JSON merge patch (RFC 7396): members given replace, null removes, sections merge. The result is validated as a whole.',
    }),
    ifMatch(),
    ApiConsumes(MERGE_PATCH_TYPE, JSON_TYPE),
    ApiExtraModels(body),
    ApiBody({
      schema: { type: 'object', additionalProperties: true, description: `Any members of ${body.name}, or null.` },
    }),
    ApiResponse({ status: 200, description: 'The document as it is now.', type: dto, headers: etag }),
    ApiProblems(...WRITE_PROBLEMS, 'not_found', 'precondition_failed', ...referenceProblems(definition)),
  );

/** Soft delete. */
export const ApiDocumentRemoval = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    ifMatch(),
    ApiResponse({ status: 204, description: 'Deleted; `restore` brings it back.' }),
    ApiProblems('invalid_header', 'invalid_parameter', 'not_found', 'in_use', 'precondition_failed'),
  );

/** A step that makes a new version, by POST: restore, transition, revert. */
export const ApiDocumentStep = (dto: Type, summary: string, body: Type | undefined, ...codes: ProblemCode[]) =>
  applyDecorators(idempotencyKey, ApiDocumentChange(dto, summary, body, ...IDEMPOTENT, ...codes));

/** A deleted document comes back. */
export const ApiDocumentRestoration = (definition: DocumentDefinition, dto: Type, summary: string) =>
  ApiDocumentStep(dto, summary, undefined, 'not_deleted', ...referenceProblems(definition));

/** An old content comes back. */
export const ApiDocumentReversion = (definition: DocumentDefinition, dto: Type, summary: string) =>
  ApiDocumentStep(dto, summary, RevertDto, ...referenceProblems(definition));

/** A change of a document by what its body says, if it has one. */
export const ApiDocumentChange = (dto: Type, summary: string, body: Type | undefined, ...codes: ProblemCode[]) =>
  applyDecorators(
    ApiOperation({ summary }),
    ifMatch(),
    ...(body ? [ApiBody({ type: body })] : []),
    ApiResponse({ status: 200, description: 'The document as it is now.', type: dto, headers: etag }),
    ApiProblems(
      ...(body ? WRITE_PROBLEMS : (['invalid_header', 'invalid_parameter', 'invalid_document'] as ProblemCode[])),
      'not_found',
      'precondition_failed',
      ...codes,
    ),
  );

/** Many documents at once. */
export function ApiBulk(body: Type, summary: string): MethodDecorator {
  const descriptions: Record<keyof typeof BULK_PARAMETERS, string> = {
    mode: 'Whether keys that exist are refused or replaced.',
    atomic: 'All or nothing, or whatever is accepted (207).',
    dry_run: 'Judge everything, write nothing.',
    refs: 'Whether references to unknown keys are refused, or kept and listed.',
  };
  return applyDecorators(
    ApiOperation({
      summary,
      description: 'At most 1,000 items and 5 MiB. References among the items may point forward.',
    }),
    idempotencyKey,
    ...Object.entries(BULK_PARAMETERS).map(([name, values]) =>
      query(
        name,
        { type: 'string', enum: values, default: values[0] },
        descriptions[name as keyof typeof BULK_PARAMETERS],
      ),
    ),
    ApiExtraModels(body),
    ApiConsumes(JSON_TYPE, NDJSON_TYPE),
    ApiBody({
      schema: {
        type: 'object',
        required: ['items'],
        properties: { items: { type: 'array', minItems: 1, maxItems: 1000, items: ref(body) } },
      },
    }),
    ApiResponse({ status: 200, description: 'Every item was accepted.', type: BulkAnswerDto }),
    ApiResponse({ status: 207, description: '`atomic=false`: some were refused.', type: BulkAnswerDto }),
    ApiProblems(...WRITE_PROBLEMS, ...IDEMPOTENT, 'bulk_refused'),
  );
}

import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { JSON_TYPE, MERGE_PATCH_TYPE, NDJSON_TYPE } from '../http/body';
import { ApiProblems } from '../http/problem-documentation';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../pagination/paging';
import type { ProblemCode } from '../problems/problem-codes';
import { KEY_PATTERN } from '../validation/properties';
import { BULK_PARAMETERS } from './bulk-request';
import type { DocumentDefinition } from './document-definition';
import { filterParameters } from './filters';
import { membersOf, sortableFields } from './list-query';
import {
  BulkAnswerDto,
  CursorPaginationDto,
  PagePaginationDto,
  RevisionDto,
  RevisionSummaryDto,
} from './documents.dto';

/** What any route may say of its body, its headers and its query. */
const WRITE_PROBLEMS: ProblemCode[] = [
  'invalid_encoding',
  'malformed_json',
  'duplicate_key',
  'forbidden_key',
  'too_deep',
  'invalid_header',
  'invalid_parameter',
  'payload_too_large',
  'unsupported_media_type',
  'invalid_document',
  'unknown_field',
  'invalid_character',
  'number_out_of_range',
];
const IDEMPOTENT: ProblemCode[] = ['idempotency_in_progress', 'idempotency_key_reused'];

const etag = {
  ETag: {
    description: 'The version of the document; send it back as If-Match.',
    schema: { type: 'string' as const },
    example: '"3"',
  },
};
const ref = (dto: Type) => ({ $ref: getSchemaPath(dto) });
const query = (name: string, schema: Record<string, unknown>, description: string) =>
  ApiQuery({ name, required: false, schema, description });

/** The path parameter of a document's routes. */
export const ApiKey = (definition: DocumentDefinition, example: string) =>
  ApiParam({
    name: 'key',
    description: `The key of the ${definition.singular}, in any case.`,
    schema: { type: 'string', pattern: KEY_PATTERN },
    example,
  });

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

const listHeaders = {
  Link: { description: 'first, prev, next and last page (RFC 8288).', schema: { type: 'string' as const } },
  'X-Total-Count': {
    description: 'Documents that match; where they were counted.',
    schema: { type: 'integer' as const },
  },
  'X-Page': { description: 'Page mode.', schema: { type: 'integer' as const } },
  'X-Per-Page': { description: 'The limit.', schema: { type: 'integer' as const } },
  'X-Total-Pages': { description: 'Page mode.', schema: { type: 'integer' as const } },
};

/** A paginated list, with every query parameter that the fields of the resource give. */
export function ApiDocumentList(
  definition: DocumentDefinition,
  dto: Type,
  summary: string,
  fixed?: string,
): MethodDecorator {
  const filters = filterParameters(definition.fields).filter(({ parameter }) => parameter !== fixed);
  return applyDecorators(
    ApiOperation({ summary }),
    ApiExtraModels(dto, PagePaginationDto, CursorPaginationDto),
    query('page', { type: 'integer', minimum: 1, default: 1 }, 'Page mode; pages reach 10,000 rows.'),
    query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, 'Documents a page.'),
    query('cursor', { type: 'string' }, 'Cursor mode: empty starts, then `nextCursor` or `prevCursor` of the answer.'),
    query('count', { type: 'string', enum: ['exact'] }, 'Cursor mode: count the matches too.'),
    query(
      'sort',
      { type: 'string', examples: ['-updated_at,name'] },
      `Up to three of ${sortableFields(definition).join(', ')}; a leading - descends. Default -updated_at, or best match first with q.`,
    ),
    query(
      'fields',
      { type: 'string', examples: [[definition.keyMember, 'name'].join(',')] },
      `Members to show: ${membersOf(definition).join(', ')}. Key and version always come.`,
    ),
    query('include_deleted', { type: 'boolean', default: false }, 'Show deleted documents too.'),
    ...filters.map(({ parameter, schema, description }) => query(parameter, schema, description)),
    ApiResponse({
      status: 200,
      description: 'A page.',
      headers: listHeaders,
      schema: {
        type: 'object',
        required: ['data', 'pagination'],
        properties: {
          data: { type: 'array', items: ref(dto) },
          pagination: { oneOf: [ref(PagePaginationDto), ref(CursorPaginationDto)] },
        },
      },
    }),
    ApiProblems(
      'invalid_parameter',
      'invalid_cursor',
      'cursor_mismatch',
      'page_too_deep',
      ...((fixed === undefined ? [] : ['not_found']) as ProblemCode[]),
    ),
  );
}

/** One document, or 304 when the caller's copy is good. */
export const ApiDocument = (definition: DocumentDefinition, dto: Type, summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    query('fields', { type: 'string' }, `Members to show: ${membersOf(definition).join(', ')}.`),
    query('include_deleted', { type: 'boolean', default: false }, 'Show the document although it is deleted.'),
    ApiHeader({ name: 'If-None-Match', required: false, schema: { type: 'string', examples: ['"3"'] } }),
    ApiResponse({ status: 200, description: 'The document.', type: dto, headers: etag }),
    ApiResponse({ status: 304, description: 'The copy with this ETag is good.' }),
    ApiProblems('invalid_parameter', 'not_found'),
  );

/** A new document. */
export const ApiDocumentCreation = (body: Type, dto: Type, summary: string) =>
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
    ApiProblems(...WRITE_PROBLEMS, ...IDEMPOTENT, 'already_exists', 'key_deleted', 'unknown_reference', 'cycle'),
  );

/** PUT. */
export const ApiDocumentReplacement = (body: Type, dto: Type, summary: string) =>
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
      'unknown_reference',
      'cycle',
    ),
  );

/** PATCH by merge patch. */
export const ApiDocumentPatch = (body: Type, dto: Type, summary: string) =>
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
    ApiProblems(...WRITE_PROBLEMS, 'not_found', 'precondition_failed', 'unknown_reference', 'cycle'),
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

/** The history of a document. */
export const ApiRevisions = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary, description: 'Newest first, by cursor. A deleted document keeps its history.' }),
    ApiExtraModels(RevisionSummaryDto, CursorPaginationDto),
    query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }, 'Revisions a page.'),
    query('cursor', { type: 'string' }, '`nextCursor` or `prevCursor` of the answer before.'),
    ApiResponse({
      status: 200,
      description: 'A page of revisions.',
      headers: { Link: listHeaders.Link },
      schema: {
        type: 'object',
        required: ['data', 'pagination'],
        properties: { data: { type: 'array', items: ref(RevisionSummaryDto) }, pagination: ref(CursorPaginationDto) },
      },
    }),
    ApiProblems('invalid_parameter', 'invalid_cursor', 'cursor_mismatch', 'not_found'),
  );

/** One revision with its document. */
export const ApiRevision = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } }),
    ApiResponse({ status: 200, description: 'The revision.', type: RevisionDto }),
    ApiProblems('invalid_parameter', 'not_found'),
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

/** Everything as NDJSON. */
export function ApiExport(definition: DocumentDefinition, summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary,
      description:
        'One document a line, from one snapshot, in the order of keys; the last line, `{"count":n}`, shows that nothing was cut.',
    }),
    query('include_deleted', { type: 'boolean', default: false }, 'Export deleted documents too.'),
    ...filterParameters(definition.fields).map(({ parameter, schema, description }) =>
      query(parameter, schema, description),
    ),
    ApiResponse({
      status: 200,
      description: 'The documents.',
      content: { [NDJSON_TYPE]: { schema: { type: 'string' } } },
    }),
    ApiProblems('invalid_parameter'),
  );
}

/** Counts by facet. */
export function ApiStatistics(definition: DocumentDefinition, summary: string): MethodDecorator {
  const facets = Object.entries(definition.fields).filter(([, { facet }]) => facet);
  const facet = {
    type: 'array' as const,
    items: {
      type: 'object' as const,
      required: ['value', 'count'],
      properties: { value: { type: 'string' as const }, count: { type: 'integer' as const } },
    },
  };
  return applyDecorators(
    ApiOperation({ summary, description: 'The 100 most frequent values of each facet.' }),
    ApiResponse({
      status: 200,
      description: 'The counts.',
      schema: {
        type: 'object',
        required: ['total', ...facets.map(([name]) => `by_${name}`)],
        properties: {
          total: { type: 'integer' },
          ...Object.fromEntries(facets.map(([name]) => [`by_${name}`, facet])),
        },
      },
    }),
    ApiProblems('invalid_parameter'),
  );
}

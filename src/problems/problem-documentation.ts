import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { Property } from '../validation/schema';
import { violationCodes } from '../validation/violation';
import { Problem } from './problem';
import { type ProblemCode, problemKinds } from './problem-codes';

/** Every error response (RFC 9457). */
export class ProblemDto {
  @Property({ type: 'string' }, { required: true, example: 'urn:mdl:problem:not_found' })
  type!: string;

  @Property({ type: 'string' }, { required: true, example: 'Not found' })
  title!: string;

  @Property({ type: 'integer' }, { required: true, example: 404 })
  status!: number;

  @Property(
    { type: 'string', enum: Object.keys(problemKinds) },
    { required: true, description: 'Stable; for programs.', example: 'not_found' },
  )
  code!: ProblemCode;

  @Property({ type: 'string' }, { required: true, description: 'For people; can change.' })
  detail!: string;

  @Property({ type: 'string' }, { required: true, description: 'The path of the request.' })
  instance!: string;

  @Property({ type: 'string' }, { required: true, description: 'Identifies the request in the log.' })
  request_id!: string;

  @Property({ type: 'string' }, { description: 'Identifies the trace; absent where the request is not traced.' })
  trace_id?: string;

  @Property(
    {
      type: 'array',
      items: {
        type: 'object',
        required: ['code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'A JSON pointer (RFC 6901) into the body.' },
          parameter: { type: 'string', description: 'A query parameter.' },
          header: { type: 'string' },
          item: { type: 'integer' },
          line: { type: 'integer' },
          code: { type: 'string', enum: Object.keys(violationCodes) },
          detail: { type: 'string' },
          path: { type: 'array', items: { type: 'string' } },
        },
      },
    },
    { required: true },
  )
  errors!: object[];
}

/** The problems of body, headers and query that every route with a body can return. */
export const WRITE_PROBLEMS: ProblemCode[] = [
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

/** Decorator: documents the problems of a route by status, each with an example. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  const all = [...new Set(codes)];
  const responses = [...new Set(all.map((code) => problemKinds[code].status))].map((status) => {
    const group = all.filter((code) => problemKinds[code].status === status);
    return ApiResponse({
      status,
      description: group.map((code) => `\`${code}\`: ${problemKinds[code].meaning}`).join('\n\n'),
      content: {
        'application/problem+json': {
          schema: { $ref: getSchemaPath(ProblemDto) },
          examples: Object.fromEntries(group.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    });
  });
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}

const exampleOf = (code: ProblemCode) =>
  new Problem(code).toBody('/api/v1/metrics', '01932f5e-7c1a-7e7a-9d3b-6f0e4f7d2a11');

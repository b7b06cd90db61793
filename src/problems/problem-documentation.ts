import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse } from '@nestjs/swagger';
import { type Document, operationsOf } from '../openapi/document';
import { component, header, pascalCase, ref, type Schema } from '../openapi/fragments';
import { type Violation, violationCodes } from '../validation/violation';
import { type ProblemCode, problemKinds } from './problem-codes';
import { Problem } from './problem';
import { ProblemDto } from './problem.dto';

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

const UNAVAILABLE: ProblemCode[] = [
  'database_unavailable',
  'identity_provider_unavailable',
  'overloaded',
  'write_contention',
  'outcome_unknown',
  'not_ready',
];

/** The problems that every route can return; `documentProblems` adds them. */
export const COMMON_PROBLEMS: ProblemCode[] = [
  'bad_request',
  'invalid_encoding',
  'method_not_allowed',
  'not_acceptable',
  'request_timeout',
  'uri_too_long',
  'expectation_failed',
  'misdirected_request',
  'rate_limited',
  'headers_too_large',
  'internal_error',
  ...UNAVAILABLE,
  'timeout',
];

const CODES = 'x-problems';

/** Decorator: documents the problems of a route besides those that every route can return. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  const responses = [...byStatus(codes)].map(([status, group]) => ApiResponse({ status, ...{ [CODES]: group } }));
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}

/** Documents the problems of each operation by status, each with an example. */
export function documentProblems(document: Document): void {
  for (const code of Object.keys(problemKinds) as ProblemCode[])
    document.components.examples[code] = { summary: problemKinds[code].title, value: exampleOf(code) };
  for (const { path, operation } of operationsOf(document)) {
    const own = Object.values(operation.responses).flatMap((response) => (response[CODES] ?? []) as ProblemCode[]);
    // Probes are not limited.
    const common = COMMON_PROBLEMS.filter((code) => code !== 'rate_limited' || !/^\/health(\/|$)/.test(path));
    for (const [status, group] of byStatus([...common, ...own]))
      operation.responses[status] = responseOf(status, group);
  }
}

/** The codes by status, in the order of `problemKinds`, so that equal sets have equal names. */
function byStatus(codes: readonly ProblemCode[]): Map<number, ProblemCode[]> {
  const ordered = (Object.keys(problemKinds) as ProblemCode[]).filter((code) => codes.includes(code));
  return Map.groupBy(ordered, (code) => problemKinds[code].status);
}

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } } };

/** The headers by which a client knows what to do next, by status. */
const HEADERS: Partial<Record<number, Record<string, Schema>>> = {
  401: { 'WWW-Authenticate': header('string', 'Bearer, with the error of the token (RFC 6750).') },
  405: { Allow: header('string', 'The methods of this path.') },
  429: {
    ...RETRY_AFTER,
    RateLimit: header('string', 'Per limit: remaining requests `r`, seconds `t` until they are restored.'),
    'RateLimit-Policy': header('string', 'Per limit: requests `q` in `w` seconds.'),
  },
  503: RETRY_AFTER,
};

const responseOf = (status: number, codes: ProblemCode[]) => ({
  ...component(nameOf(codes)),
  description: descriptionOf(codes),
  ...(HEADERS[status] && { headers: { ...HEADERS[status] } }),
  content: {
    'application/problem+json': {
      schema: ref(ProblemDto),
      examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    },
  },
});

/** Codes that occur together. */
interface Group {
  /** In the names of responses. */
  name: string;
  codes: ProblemCode[];
  /** What they have in common, where responses say only that: the example of each code has its meaning. */
  meaning?: string;
}

const GROUPS: Group[] = [
  {
    name: 'BadRequest',
    codes: ['bad_request', 'invalid_encoding'],
    meaning: 'The request is not valid HTTP, or not valid UTF-8.',
  },
  {
    name: 'InvalidBody',
    codes: ['malformed_json', 'duplicate_key', 'forbidden_key', 'too_deep'],
    meaning: 'The body cannot be read as JSON.',
  },
  { name: 'WrongCursor', codes: ['invalid_cursor', 'cursor_mismatch'], meaning: 'Start again with an empty cursor.' },
  {
    name: 'InvalidContent',
    codes: ['invalid_document', 'unknown_field', 'invalid_character', 'number_out_of_range'],
    meaning: 'The body is well-formed but invalid; `errors` lists each violation with a pointer.',
  },
  { name: 'Unavailable', codes: UNAVAILABLE },
];

/** The groups of which a response has all codes, and its other codes. */
function grouped(codes: readonly ProblemCode[]): { groups: Group[]; others: ProblemCode[] } {
  const groups = GROUPS.filter((group) => group.codes.every((code) => codes.includes(code)));
  return { groups, others: codes.filter((code) => !groups.some((group) => group.codes.includes(code))) };
}

/** Describes a response by its codes. */
function descriptionOf(codes: readonly ProblemCode[]): string {
  const { groups, others } = grouped(codes);
  return [
    ...groups.flatMap(({ codes: members, meaning }) =>
      meaning === undefined ? members.map(lineOf) : `${members.map(quoted).join(', ')}: ${meaning}`,
    ),
    ...others.map(lineOf),
  ].join('\n\n');
}

const quoted = (code: ProblemCode) => `\`${code}\``;
const lineOf = (code: ProblemCode) => `${quoted(code)}: ${problemKinds[code].meaning}`;

/** Names a response by its codes: `UnknownReferenceOrCycle`. Every response with status 400 has those of BadRequest. */
function nameOf(codes: readonly ProblemCode[]): string {
  const { groups, others } = grouped(codes);
  const [first = '', ...names] = [...groups.map(({ name }) => name), ...others.map(pascalCase)];
  return (first === 'BadRequest' && names.length > 0 ? names : [first, ...names]).join('Or');
}

/** The violation in the example of a problem whose `errors` lists violations. */
const VIOLATIONS: Partial<Record<ProblemCode, Omit<Violation, 'detail'>>> = {
  invalid_parameter: { parameter: 'limit', code: 'invalid_value' },
  invalid_header: { header: 'If-Match', code: 'invalid_format' },
  invalid_document: { pointer: '/name', code: 'required' },
  unknown_field: { pointer: '/ownr', code: 'unknown_field' },
  unknown_reference: { pointer: '/business_domain', code: 'unknown_reference' },
  gate_refused: { pointer: '/owner', code: 'missing_for_status' },
  bulk_refused: { item: 1, pointer: '', code: 'already_exists' },
};

function exampleOf(code: ProblemCode): Record<string, unknown> {
  const violation = VIOLATIONS[code];
  const errors = violation ? [{ ...violation, detail: violationCodes[violation.code] }] : [];
  return new Problem(code, { errors }).toBody('/api/v1/metrics', '01932f5e-7c1a-7e7a-9d3b-6f0e4f7d2a11');
}

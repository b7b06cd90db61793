import Ajv2020, { type ErrorObject, type KeywordDefinition, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { MAX_ECHO, MAX_ERRORS, pointerStep, quote, type Violation, type ViolationCode } from './violation';
import { RESERVED_KEYS } from './properties';
import { propertiesOf, type SchemaClass, schemaOf } from './schema';
import { TEXT_KEYWORD } from './text';

const KEYWORDS: KeywordDefinition[] = [
  TEXT_KEYWORD,
  {
    keyword: 'lowerCase',
    modifying: true,
    before: 'enum',
    validate: (
      _: true,
      value: unknown,
      __: unknown,
      context?: { parentData: Record<string, unknown>; parentDataProperty: string | number },
    ) => {
      if (context && typeof value === 'string') context.parentData[context.parentDataProperty] = value.toLowerCase();
      return true;
    },
  },
  // Removes read-only members at any depth, so that a client can send back a document that it has read.
  {
    keyword: 'dropped',
    type: 'object',
    modifying: true,
    before: 'additionalProperties',
    validate: (members: string[], value: Record<string, unknown>) => {
      for (const member of members) delete value[member];
      return true;
    },
  },
  {
    keyword: 'maxBytes',
    type: 'object',
    validate: (limit: number, value: object) => Buffer.byteLength(JSON.stringify(value)) <= limit,
    error: { message: ({ schema }: { schema: number }) => `must be at most ${schema} bytes of JSON` },
  },
];

/** A compiler of schemas, with a cache of its validators. */
function compiler(options: { allErrors: boolean }): (target: SchemaClass) => ValidateFunction {
  const ajv = new Ajv2020({ ...options, verbose: true, allowUnionTypes: true });
  addFormats(ajv, ['date', 'date-time', 'email', 'uri']);
  for (const keyword of KEYWORDS) ajv.addKeyword(keyword);
  const validators = new Map<SchemaClass, ValidateFunction>();
  return (target) => {
    const validator = validators.get(target) ?? ajv.compile(schemaOf(target));
    validators.set(target, validator);
    return validator;
  };
}

/** Stops at the first violation, so that it is cheap for any input. */
const checkerOf = compiler({ allErrors: false });
/** Finds every violation: about 2 µs each, for each wrong value and unknown member of the input. */
const reporterOf = compiler({ allErrors: true });
/** Inputs with more values get their first violation only. */
const MAX_REPORTED_VALUES = 2000;

const CODES: Record<string, ViolationCode> = {
  additionalProperties: 'unknown_field',
  required: 'required',
  type: 'invalid_type',
  enum: 'invalid_value',
  const: 'invalid_value',
  minLength: 'blank',
  maxLength: 'too_long',
  maxBytes: 'too_long',
  minItems: 'too_short',
  maxItems: 'too_long',
  uniqueItems: 'not_unique',
  pattern: 'invalid_format',
  format: 'invalid_format',
  minimum: 'number_out_of_range',
  maximum: 'number_out_of_range',
  exclusiveMinimum: 'number_out_of_range',
  not: 'reserved',
};

/** What is wrong, by keyword; Ajv's own message for all others. */
const DETAILS: Record<string, (error: ErrorObject) => string | undefined> = {
  additionalProperties: ({ params }) => isUnknown(params.additionalProperty),
  required: ({ params }) => `The field ${quote(params.missingProperty)} is required.`,
  type: ({ params }) => `The value must be ${withArticle(String(params.type)).replace(',', ' or ')}.`,
  enum: ({ data, schema }) => `${quote(data)} must be one of ${(schema as string[]).join(', ')}.`,
  minLength: () => 'The text must not be empty.',
  not: () => `The keys ${RESERVED_KEYS.join(', ')} are reserved for routes.`,
  pattern: ({ parentSchema }) => parentSchema?.$comment as string | undefined,
};

const isUnknown = (member: unknown) => `The field ${quote(member)} is unknown.`;

function toViolation(error: ErrorObject): Violation {
  const { keyword, instancePath, params, message, schema } = error;
  const member = (params.additionalProperty ?? params.missingProperty) as string | undefined;
  const pointer = (member === undefined ? instancePath : instancePath + pointerStep(member)).slice(0, MAX_ECHO);
  if (keyword === 'text') return { pointer, ...(params as Pick<Violation, 'code' | 'detail'>) };
  // 1 forbids an empty text; a password has a greater minimum.
  if (keyword === 'minLength' && schema !== 1) return { pointer, code: 'too_short', detail: `The value ${message}.` };
  const detail = DETAILS[keyword]?.(error) ?? `The value ${message ?? 'is not valid'}.`;
  return { pointer, code: CODES[keyword] ?? 'invalid_value', detail };
}

/** `an array`, `a number,null`. */
const withArticle = (type: string) => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;

/**
 * Validates a parsed JSON value against the schema of a class. Read-only properties are removed, so that a client can
 * read, change and send back a document; texts are normalized; words of vocabularies are lower-cased; the members of the
 * input are not modified.
 *
 * @param complete false to stop at the first violation
 * @returns the value, and its violations (none where it is valid): at most one more than `MAX_ERRORS`, and only the
 *   first of an input with more than 2,000 values
 */
export function validate<T extends object>(
  target: SchemaClass<T>,
  input: unknown,
  complete = true,
): { value: T; violations: Violation[] } {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    return {
      value: input as T,
      violations: [{ pointer: '', code: 'invalid_type', detail: 'The value must be an object.' }],
    };
  }
  const unknown = unknownMembers(target, input, complete ? MAX_ERRORS + 1 : 1);
  if (unknown.length > MAX_ERRORS || (unknown.length > 0 && !complete))
    return { value: input as T, violations: unknown };
  const value: Record<string, unknown> = { ...input };
  const checker = checkerOf(target);
  if (checker(value)) return { value: value as T, violations: [] };
  if (!complete) return { value: value, violations: toViolations(checker.errors) };
  if (countValues(value, MAX_REPORTED_VALUES) > MAX_REPORTED_VALUES) {
    const violations = toViolations(checker.errors).map(({ detail, ...violation }) => ({
      ...violation,
      detail: `${detail} Further violations are not listed, because the document has many values.`,
    }));
    return { value: value, violations };
  }
  const reporter = reporterOf(target);
  reporter(value);
  return { value: value, violations: toViolations(reporter.errors) };
}

/** The first unknown members. An object can have so many that copying it would take longer than all other checks. */
function unknownMembers(target: SchemaClass, input: object, limit: number): Violation[] {
  const known = propertiesOf(target);
  const found: Violation[] = [];
  for (const member in input) {
    if (known.has(member)) continue;
    found.push({ pointer: pointerStep(member).slice(0, MAX_ECHO), code: 'unknown_field', detail: isUnknown(member) });
    if (found.length === limit) break;
  }
  return found;
}

/** The number of members and list elements in a value, at any depth; counted up to one more than `limit`. */
function countValues(value: unknown, limit: number): number {
  if (value === null || typeof value !== 'object') return 0;
  let count = 0;
  for (const name in value) {
    count += 1 + countValues((value as Record<string, unknown>)[name], limit - count);
    if (count > limit) break;
  }
  return count;
}

/** The violations, one of each code at each place, at most one more than `MAX_ERRORS`. */
function toViolations(errors: ErrorObject[] | null | undefined): Violation[] {
  const violations = new Map<string, Violation>();
  for (const error of errors ?? []) {
    const violation = toViolation(error);
    const place = `${violation.code} ${violation.pointer}`;
    if (!violations.has(place)) violations.set(place, violation);
    if (violations.size > MAX_ERRORS) break;
  }
  return [...violations.values()];
}

import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { MAX_ECHO, pointerStep, quote, type Violation, type ViolationCode } from './violation';
import { RESERVED_KEYS, VISIBLE_PATTERN } from './properties';
import { type SchemaClass, schemaOf } from './schema';

const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true });
addFormats(ajv, ['date', 'date-time', 'email', 'uri']);

ajv.addKeyword({
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
});

// Removes read-only members at any depth, so that a client can send back a document that it has read.
ajv.addKeyword({
  keyword: 'dropped',
  type: 'object',
  modifying: true,
  before: 'additionalProperties',
  validate: (members: string[], value: Record<string, unknown>) => {
    for (const member of members) delete value[member];
    return true;
  },
});

ajv.addKeyword({
  keyword: 'maxBytes',
  type: 'object',
  validate: (limit: number, value: object) => Buffer.byteLength(JSON.stringify(value)) <= limit,
  error: { message: ({ schema }: { schema: number }) => `must be at most ${schema} bytes of JSON` },
});

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
  additionalProperties: ({ params }) => `The field ${quote(params.additionalProperty)} is unknown.`,
  required: ({ params }) => `The field ${quote(params.missingProperty)} is required.`,
  type: ({ params }) => `The value must be ${withArticle(String(params.type)).replace(',', ' or ')}.`,
  enum: ({ data, schema }) => `${quote(data)} must be one of ${(schema as string[]).join(', ')}.`,
  minLength: () => 'The text must not be empty.',
  not: () => `The keys ${RESERVED_KEYS.join(', ')} are reserved for routes.`,
  pattern: ({ parentSchema }) => parentSchema?.$comment as string | undefined,
};

function toViolation(error: ErrorObject): Violation {
  const { keyword, instancePath, params, message, schema } = error;
  const member = (params.additionalProperty ?? params.missingProperty) as string | undefined;
  const pointer = (member === undefined ? instancePath : instancePath + pointerStep(member)).slice(0, MAX_ECHO);
  if (keyword === 'pattern' && schema === VISIBLE_PATTERN)
    return { pointer, code: 'blank', detail: 'The text must have a visible character.' };
  const detail = DETAILS[keyword]?.(error) ?? `The value ${message ?? 'is not valid'}.`;
  return { pointer, code: CODES[keyword] ?? 'invalid_value', detail };
}

/** `an array`, `a number,null`. */
const withArticle = (type: string) => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;

const validators = new Map<SchemaClass, ValidateFunction>();

function validatorOf(target: SchemaClass): ValidateFunction {
  const validator = validators.get(target) ?? ajv.compile(schemaOf(target));
  validators.set(target, validator);
  return validator;
}

/**
 * Validates a parsed JSON value against the schema of a class. Read-only properties are removed, so that a client can
 * read, change and send back a document; words of vocabularies are lower-cased; the input is not modified.
 *
 * @returns the value, and every violation (none where the value is valid)
 */
export function validate<T extends object>(
  target: SchemaClass<T>,
  input: unknown,
): { value: T; violations: Violation[] } {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    return {
      value: input as T,
      violations: [{ pointer: '', code: 'invalid_type', detail: 'The value must be an object.' }],
    };
  }
  const value: Record<string, unknown> = { ...input };
  const validator = validatorOf(target);
  return { value: value as T, violations: validator(value) ? [] : unique((validator.errors ?? []).map(toViolation)) };
}

/** A blank text violates two keywords, which are one violation for the client. */
function unique(violations: Violation[]): Violation[] {
  const seen = new Set<string>();
  return violations.filter(({ pointer, code }) => !seen.has(`${code} ${pointer}`) && seen.add(`${code} ${pointer}`));
}

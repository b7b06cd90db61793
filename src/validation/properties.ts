import { type JsonSchema, Property, type PropertyOptions, type SchemaClass, schemaOf } from './schema';

/** The pattern of a key, the id of a document in URLs. */
export const KEY_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$';
const KEY = new RegExp(KEY_PATTERN);
/** Whether a text is a valid key; other texts need no query. */
export const isKey = (text: string): boolean => KEY.test(text);
/** Path segments that are routes and therefore not allowed as keys. */
export const RESERVED_KEYS = ['bulk', 'export', 'stats'];
const SLUG_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._:/-]*$';

/** A longer text may have several lines. */
const MAX_LINE = 500;
const text = (max: number): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: max,
  text: max > MAX_LINE ? 'lines' : 'line',
});
// `$comment` becomes the detail of the violation where the pattern does not match.
const key: JsonSchema = {
  type: 'string',
  pattern: KEY_PATTERN,
  $comment: 'A key must have 1 to 128 letters, digits and . _ - and start with a letter or digit.',
};
const slug: JsonSchema = {
  type: 'string',
  lowerCase: true,
  pattern: SLUG_PATTERN,
  $comment: 'The word must have letters, digits and . _ : / - and start with a letter or digit.',
};
/** Words of a schema are lower-cased before they are compared. */
const word = (values: readonly string[]): JsonSchema => ({ type: 'string', lowerCase: true, enum: values });
const list = (items: JsonSchema, maxItems: number, uniqueItems = false): JsonSchema => ({
  type: 'array',
  items,
  maxItems,
  ...(uniqueItems && { uniqueItems }),
});

/**
 * Text of 1 to `max` characters, counted in code points, not blank and without control characters; one line, unless
 * `max` is over 500.
 */
export const Text = ({ max, ...options }: PropertyOptions & { max: number }) => Property(text(max), options);

/** A word of an open vocabulary, lower-cased: letters, digits and `._:/-`, at most `max` (64) characters. */
export const Slug = ({ max = 64, ...options }: PropertyOptions & { max?: number }) =>
  Property({ ...slug, maxLength: max }, options);

/** A list of at most `max` different slugs. */
export const Slugs = ({ max, ...options }: PropertyOptions & { max: number }) =>
  Property(list({ ...slug, maxLength: 64 }, max, true), options);

/** The reserved keys in any case; JSON Schema has no flag for that. */
const RESERVED_PATTERN = `^(${RESERVED_KEYS.join('|').replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)})$`;

/** The key of the document itself: not a reserved one. */
export const OwnKey = (options: PropertyOptions) =>
  Property({ ...key, not: { type: 'string', pattern: RESERVED_PATTERN } }, options);

/** The key of another document. */
export const Key = (options: PropertyOptions) => Property(key, options);

/** At most `max` different keys of other documents. */
export const Keys = ({ max, ...options }: PropertyOptions & { max: number }) => Property(list(key, max, true), options);

/** At most `max` texts of at most `length` characters. */
export const Texts = ({ max, length, ...options }: PropertyOptions & { max: number; length: number }) =>
  Property(list(text(length), max), options);

/** One of a closed list of words; requests may have them in any case. */
export const Choice = (values: readonly string[], options: PropertyOptions = {}) => Property(word(values), options);

/** Different words of a closed list; requests may have them in any case. */
export const Choices = (values: readonly string[], options: PropertyOptions = {}) =>
  Property(list(word(values), values.length, true), options);

/** A finite number, optionally bounded; `nullable` where it can be unknown. */
export const Numeric = ({
  nullable,
  minimum,
  exclusiveMinimum,
  ...options
}: PropertyOptions & { nullable?: true; minimum?: number; exclusiveMinimum?: number } = {}) =>
  Property(
    {
      type: nullable ? ['number', 'null'] : 'number',
      ...(minimum !== undefined && { minimum }),
      ...(exclusiveMinimum !== undefined && { exclusiveMinimum }),
    },
    options,
  );

/** An integer from `minimum` to the maximum of PostgreSQL's `integer`. */
export const Whole = ({ minimum, ...options }: PropertyOptions & { minimum: number }) =>
  Property({ type: 'integer', minimum, maximum: 2_147_483_647 }, options);

export const Flag = (options: PropertyOptions = {}) => Property({ type: 'boolean' }, options);

/** A calendar date, `2026-12-31` (RFC 3339 full-date). */
export const CalendarDate = (options: PropertyOptions = {}) => Property({ type: 'string', format: 'date' }, options);

/** A timestamp in UTC with milliseconds (RFC 3339 date-time). */
export const Moment = (options: PropertyOptions = {}) => Property({ type: 'string', format: 'date-time' }, options);

export const Email = (options: PropertyOptions = {}) =>
  Property({ type: 'string', format: 'email', maxLength: 254 }, options);

/** An http or https URL; the service stores it and never requests it. */
export const WebAddress = (options: PropertyOptions = {}) =>
  Property({ type: 'string', format: 'uri', pattern: '^https?://[^/?#]', maxLength: 2048 }, options);

/** A colour as `#rrggbb`. */
export const Colour = (options: PropertyOptions = {}) =>
  Property({ type: 'string', pattern: '^#[0-9A-Fa-f]{6}$' }, options);

/** An object of any content, at most `maxBytes` bytes as JSON. */
export const AnyObject = ({ maxBytes, ...options }: PropertyOptions & { maxBytes: number }) =>
  Property({ type: 'object', maxBytes }, options, { additionalProperties: true });

// Nest recognises a function that returns a class by its name, which must be `type`.
/** A nested object of its own class. */
export const Section = (type: () => SchemaClass, options: PropertyOptions = {}) =>
  Property(() => schemaOf(type()), options, { type: () => type() });

/** 0 (`min`) to `max` objects of one class. */
export const Sections = (
  type: () => SchemaClass,
  { min = 0, max, ...options }: PropertyOptions & { min?: number; max: number },
) =>
  Property(() => ({ ...list(schemaOf(type()), max), minItems: min }), options, {
    type: () => type(),
    isArray: true,
    ...(min > 0 && { minItems: min }),
    maxItems: max,
  });

import { commaSeparated } from '../../openapi/fragments';
import { KEY_PATTERN } from '../../validation/properties';
import { normalizeText } from '../../validation/text';
import type { FilterParameter } from './filter-parameter';
import { memberFilter } from './member-filter';
import { countWords, searchCondition } from './search';
import type { DocumentField, DocumentFields, Match } from '../definition/document-fields';

const KEY_PREFIX = new RegExp(KEY_PATTERN);
const DATE = /^\d{4}-\d{2}-\d{2}$/;
// PostgreSQL accepts offsets up to 15:59 (the largest in use is 14:00).
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-](0\d|1[0-5]):[0-5]\d))?$/;
/** Maximum number of values in one parameter. */
export const MAX_VALUES = 50;
/** Maximum length of a value in characters. */
const MAX_VALUE_LENGTH = 500;
/** Maximum length of a search text in characters. */
const MAX_SEARCH_LENGTH = 200;
/** Maximum number of words in a search text: the cost of a search grows with each. */
const MAX_SEARCH_WORDS = 10;

const isDate = (value: string) =>
  DATE.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value);
const isTimestamp = (value: string) =>
  TIMESTAMP.test(value) &&
  isDate(value.slice(0, 10)) &&
  !Number.isNaN(Date.parse(value)) &&
  Number(value.slice(0, 4)) > 0;

const unless = (isAllowed: (value: string) => boolean, expected: string) => (value: string) =>
  isAllowed(value) ? undefined : expected;
const nonBlank = (value: string) =>
  value.trim() === ''
    ? 'a value'
    : [...value].length > MAX_VALUE_LENGTH
      ? `at most ${MAX_VALUE_LENGTH} characters`
      : undefined;
const oneOf = (values: readonly string[]) => unless((value) => values.includes(value), values.join(', '));

const list = (items: object) => commaSeparated({ type: 'string', ...items }, { maxItems: MAX_VALUES });

const lowerCase = (value: string) => value.toLowerCase();

/** Whether a search text is short enough. */
const isSearch = (value: string): boolean =>
  [...value].length <= MAX_SEARCH_LENGTH && countWords(value) <= MAX_SEARCH_WORDS;

/** A parameter that takes words: those of a closed list, or any. */
const words = ({ values, keys, words, anyCase }: DocumentField, description: string) => ({
  check: values ? unless((value) => values.includes(lowerCase(value)), values.join(', ')) : nonBlank,
  canonical: values || words || anyCase ? (value: string) => lowerCase(normalizeText(value)) : normalizeText,
  keys,
  schema: list(values ? { enum: values } : { pattern: '\\S', maxLength: MAX_VALUE_LENGTH }),
  description:
    values || keys || words
      ? `${description}, case-insensitive`
      : `${description}${anyCase ? ', case-insensitive' : ''}; quote a value with a comma, \`"Smith, John"\`, and double quotes inside it`,
});

const keyValues = { check: unless((value) => KEY_PREFIX.test(value), 'keys'), canonical: lowerCase };

/** One value is compared by `=`, so that an index can also provide the sort order. */
const anyOf =
  (sql: string): FilterParameter['condition'] =>
  (values, bind) =>
    values.length === 1 ? `${sql} = ${bind(values[0])}` : `${sql} = ANY(${bind(values)}::text[])`;

const parametersByMatch: Record<
  Exclude<Match, 'members'>,
  (name: string, field: DocumentField) => FilterParameter[]
> = {
  equals: (name, field) => [
    {
      parameter: name,
      ...words(field, 'Any of these, separated by commas'),
      condition: anyOf(field.anyCase ?? field.sql),
    },
  ],
  key: (name, { sql }) => [
    {
      parameter: name,
      ...keyValues,
      schema: list({ pattern: KEY_PATTERN }),
      description: 'Any of these keys, separated by commas, case-insensitive',
      condition: anyOf(sql),
    },
    {
      parameter: `${name}_prefix`,
      single: true,
      ...keyValues,
      schema: { type: 'string', pattern: KEY_PATTERN },
      description: 'Keys with this prefix, case-insensitive',
      // '~' sorts after every character of a key.
      condition: ([value], bind) => `${sql} >= ${bind(value)} AND ${sql} < ${bind(`${value}~`)}`,
    },
  ],
  contains: (name, field) => {
    const contains = (parameter: string, which: 'any' | 'all', operator: string): FilterParameter => ({
      parameter,
      ...words(field, `Documents with ${which} of these, separated by commas`),
      condition: (values, bind) => `${field.sql} ${operator} ${bind(values)}::text[]`,
    });
    return [contains(name, 'any', '?|'), contains(`${name}_all`, 'all', '?&')];
  },
  range: (name, { sql }) => {
    const side = (suffix: string, operator: string, description: string): FilterParameter => ({
      parameter: `${name.replace(/_at$/, '')}_${suffix}`,
      single: true,
      check: unless(isTimestamp, 'a date or a timestamp with offset (RFC 3339)'),
      schema: { type: 'string', format: 'date-time', examples: ['2026-11-01T00:00:00Z'] },
      description: `${description}; a date is accepted too`,
      condition: ([value], bind) => `${sql} ${operator} ${bind(value)}::timestamptz`,
    });
    const after = `${name} after this time; not a change feed, because writes can become visible out of order`;
    return [side('after', '>', after), side('before', '<', `${name} before this time`)];
  },
  during: (name, { sql, until }) => [
    {
      parameter: name,
      single: true,
      check: unless(isDate, 'a date, YYYY-MM-DD'),
      schema: { type: 'string', format: 'date' },
      description: 'Documents whose time frame includes this day',
      condition: ([value], bind) => `${sql} <= ${bind(value)} AND ${until} >= ${bind(value)}`,
    },
  ],
  text: (name, { namedBy }) => [
    {
      parameter: name,
      single: true,
      check: unless(isSearch, `at most ${MAX_SEARCH_LENGTH} characters and ${MAX_SEARCH_WORDS} words`),
      canonical: normalizeText,
      schema: { type: 'string', maxLength: MAX_SEARCH_LENGTH },
      description:
        'Full-text search of up to ten words: `"a phrase"`, `or`, `-without`; sorted by relevance unless `sort` is given',
      condition: ([value = ''], bind, resource) => searchCondition(resource, value, bind, namedBy),
    },
  ],
  flag: (name, { sql, widens }) => [
    {
      parameter: name,
      single: true,
      check: oneOf(['true', 'false']),
      schema: { type: 'boolean' },
      description: widens
        ? `true: ${widens} includes descendants`
        : 'true: only documents with this property; false: only documents without it',
      condition: ([value]) => (value === 'true' ? sql : `NOT (${sql})`),
    },
  ],
};

function missingParameter(fields: DocumentFields): FilterParameter[] {
  const conditions = new Map(
    Object.entries(fields).flatMap(([name, { missing }]) => (missing ? [[name, missing]] : [])),
  );
  if (conditions.size === 0) return [];
  const names = [...conditions.keys()];
  return [
    {
      parameter: 'missing',
      check: oneOf(names),
      schema: list({ enum: names }),
      description: 'Documents that lack any of these',
      condition: (values) => `(${values.map((name) => conditions.get(name)).join(' OR ')})`,
    },
  ];
}

const parametersByFields = new WeakMap<DocumentFields, FilterParameter[]>();

/** Every filter parameter of the fields of a resource. */
export function filterParameters(fields: DocumentFields): FilterParameter[] {
  const known = parametersByFields.get(fields);
  if (known) return known;
  const parameters = [
    ...Object.entries(fields).flatMap(([name, field]) =>
      field.match === undefined || field.match === 'members' ? [] : parametersByMatch[field.match](name, field),
    ),
    ...missingParameter(fields),
  ];
  parametersByFields.set(fields, parameters);
  return parameters;
}

/** The filter of a parameter: one of `filterParameters`, or `name.a.b` of a field of the kind `members`. */
export function findFilter(fields: DocumentFields, parameter: string): FilterParameter | undefined {
  const known = filterParameters(fields).find((one) => one.parameter === parameter);
  if (known) return known;
  const [name = '', ...path] = parameter.split('.');
  const field = fields[name];
  return field?.match === 'members' && path.length > 0 ? memberFilter(parameter, path, field) : undefined;
}

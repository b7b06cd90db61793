import { KEY_PATTERN } from '../../validation/properties';
import type { DocumentField, DocumentFields } from '../definition/document-fields';

/** A query parameter that filters: how its values are validated, and its SQL condition. */
export interface FilterParameter {
  parameter: string;
  /** Takes one value that may contain commas. Otherwise commas separate values. */
  single: boolean;
  /** Returns a description of the allowed values when the value is not allowed. */
  check: (value: string) => string | undefined;
  /** Returns the canonical spelling of equivalent values. */
  canonical?: (value: string) => string;
  /** JSON Schema for OpenAPI. */
  schema: Record<string, unknown>;
  description: string;
  /** Builds the SQL condition; `bind` returns the placeholder of a value. */
  condition: (values: string[], bind: (value: unknown) => string) => string;
}

const KEY_PREFIX = new RegExp(KEY_PATTERN);
const DATE = /^\d{4}-\d{2}-\d{2}$/;
// PostgreSQL accepts offsets up to 15:59 (the largest in use is 14:00).
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-](0\d|1[0-5]):[0-5]\d))?$/;
/** Maximum length of a search text in characters. */
const MAX_SEARCH_LENGTH = 200;

const isDate = (value: string) =>
  DATE.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value);
const isTimestamp = (value: string) =>
  TIMESTAMP.test(value) &&
  isDate(value.slice(0, 10)) &&
  !Number.isNaN(Date.parse(value)) &&
  Number(value.slice(0, 4)) > 0;
const nonBlank = (value: string) =>
  value.trim() === '' ? 'a value' : [...value].length > 500 ? 'at most 500 characters' : undefined;
const oneOf = (values: readonly string[]) => (value: string) =>
  values.includes(value) ? undefined : values.join(', ');

const words = ({ values, keys }: DocumentField, description: string) => ({
  schema: { type: 'string', ...(values && { examples: [values.slice(0, 2).join(',')] }) },
  description: values
    ? `${description}: ${values.join(', ')}`
    : keys
      ? `${description}; keys are case-sensitive`
      : `${description}; quote a value with a comma, \`"Smith, John"\`, and double quotes inside it`,
});

const lower = (value: string) => value.toLowerCase();

/** One value is compared by `=`, so that an index can also provide the sort order. */
const anyOf = (sql: string, values: string[], bind: (value: unknown) => string) =>
  values.length === 1 ? `${sql} = ${bind(values[0])}` : `${sql} = ANY(${bind(values)}::text[])`;

function parametersOf(name: string, field: DocumentField): FilterParameter[] {
  const { sql, match } = field;
  if (match === undefined) return [];
  switch (match) {
    case 'equals':
      return [
        {
          parameter: name,
          single: false,
          check: field.values ? oneOf(field.values) : nonBlank,
          ...words(field, 'Any of these, separated by commas'),
          condition: (values, bind) => anyOf(sql, values, bind),
        },
      ];
    case 'key': {
      const check = (value: string) => (KEY_PREFIX.test(value) ? undefined : 'keys');
      const prefix: FilterParameter = {
        parameter: `${name}_prefix`,
        single: true,
        check,
        canonical: lower,
        schema: { type: 'string', pattern: KEY_PATTERN },
        description: 'Keys with this prefix, case-insensitive',
        // '~' sorts after every character of a key.
        condition: ([value], bind) => `${sql} >= ${bind(value)} AND ${sql} < ${bind(`${value}~`)}`,
      };
      const equals: FilterParameter = {
        parameter: name,
        single: false,
        check,
        canonical: lower,
        schema: { type: 'string' },
        description: 'Any of these keys, separated by commas, case-insensitive',
        condition: (values, bind) => anyOf(sql, values, bind),
      };
      return [equals, prefix];
    }
    case 'contains': {
      const check = field.values ? oneOf(field.values) : nonBlank;
      return [
        {
          parameter: name,
          single: false,
          check,
          ...words(field, 'Documents with any of these, separated by commas'),
          condition: (values, bind) => `${sql} ?| ${bind(values)}::text[]`,
        },
        {
          parameter: `${name}_all`,
          single: false,
          check,
          ...words(field, 'Documents with all of these, separated by commas'),
          condition: (values, bind) => `${sql} ?& ${bind(values)}::text[]`,
        },
      ];
    }
    case 'range': {
      const stem = name.replace(/_at$/, '');
      const side = (suffix: string, operator: string, description: string): FilterParameter => ({
        parameter: `${stem}_${suffix}`,
        single: true,
        check: (value) => (isTimestamp(value) ? undefined : 'a date or a timestamp with offset (RFC 3339)'),
        schema: { type: 'string', examples: ['2026-11-01T00:00:00Z'] },
        description,
        condition: ([value], bind) => `${sql} ${operator} ${bind(value)}::timestamptz`,
      });
      const after = `${name} after this time; not a change feed, because writes can become visible out of order`;
      return [side('after', '>', after), side('before', '<', `${name} before this time`)];
    }
    case 'during':
      return [
        {
          parameter: name,
          single: true,
          check: (value) => (isDate(value) ? undefined : 'a date, YYYY-MM-DD'),
          schema: { type: 'string', format: 'date' },
          description: 'Documents whose time frame includes this day',
          condition: ([value], bind) => `${sql} <= ${bind(value)} AND ${field.until} >= ${bind(value)}`,
        },
      ];
    case 'text':
      return [
        {
          parameter: name,
          single: true,
          check: (value) =>
            [...value].length <= MAX_SEARCH_LENGTH ? undefined : `at most ${MAX_SEARCH_LENGTH} characters`,
          schema: { type: 'string', maxLength: MAX_SEARCH_LENGTH },
          description: 'Full-text search: `"a phrase"`, `or`, `-without`; sorted by relevance unless `sort` is given',
          condition: ([value], bind) => `${sql} @@ ${searchQuery(bind(value))}`,
        },
      ];
    case 'flag':
      return [
        {
          parameter: name,
          single: true,
          check: oneOf(['true', 'false']),
          schema: { type: 'boolean' },
          description: field.widens
            ? `true: ${field.widens} includes descendants`
            : 'true: only documents with this property; false: only documents without it',
          condition: ([value]) => (value === 'true' ? sql : `NOT (${sql})`),
        },
      ];
  }
}

/** SQL that parses a search text; no input makes it fail. */
export const searchQuery = (placeholder: string) => `websearch_to_tsquery('english', ${placeholder})`;

function missingParameter(fields: DocumentFields): FilterParameter[] {
  const conditions = Object.entries(fields).flatMap(([name, { missing }]) =>
    missing ? [[name, missing] as const] : [],
  );
  if (conditions.length === 0) return [];
  const names = conditions.map(([name]) => name);
  return [
    {
      parameter: 'missing',
      single: false,
      check: oneOf(names),
      schema: { type: 'string', examples: [names.join(',')] },
      description: `Documents that lack any of these: ${names.join(', ')}`,
      condition: (values) =>
        `(${conditions
          .filter(([name]) => values.includes(name))
          .map(([, condition]) => condition)
          .join(' OR ')})`,
    },
  ];
}

const parametersByFields = new WeakMap<DocumentFields, FilterParameter[]>();

/** Every filter parameter of the fields of a resource. */
export function filterParameters(fields: DocumentFields): FilterParameter[] {
  const known = parametersByFields.get(fields);
  if (known) return known;
  const parameters = [
    ...Object.entries(fields).flatMap(([name, field]) => parametersOf(name, field)),
    ...missingParameter(fields),
  ];
  parametersByFields.set(fields, parameters);
  return parameters;
}

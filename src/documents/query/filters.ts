import { KEY_PATTERN } from '../../validation/properties';
import type { DocumentField, DocumentFields } from '../definition/document-fields';

/** A query parameter that filters: how its values are checked, and the condition it makes. */
export interface FilterParameter {
  parameter: string;
  /** Takes one value, commas included; else a comma separates values, any of which may match. */
  single: boolean;
  /** What is expected, where the value is not allowed. */
  check: (value: string) => string | undefined;
  /** The one spelling of values that mean the same. */
  canonical?: (value: string) => string;
  /** JSON Schema for the documentation. */
  schema: Record<string, unknown>;
  description: string;
  /** The condition; `bind` gives the placeholder of a value. */
  condition: (values: string[], bind: (value: unknown) => string) => string;
}

const KEY_PREFIX = new RegExp(KEY_PATTERN);
const DATE = /^\d{4}-\d{2}-\d{2}$/;
// PostgreSQL knows offsets up to 15:59 (the widest in use is 14:00).
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-](0\d|1[0-5]):[0-5]\d))?$/;
const MAX_QUERY = 200;

const isDate = (value: string) =>
  DATE.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value);
const isMoment = (value: string) =>
  MOMENT.test(value) && isDate(value.slice(0, 10)) && !Number.isNaN(Date.parse(value)) && Number(value.slice(0, 4)) > 0;
const filled = (value: string) =>
  value.trim() === '' ? 'a value' : [...value].length > 500 ? 'at most 500 characters' : undefined;
const oneOf = (values: readonly string[]) => (value: string) =>
  values.includes(value) ? undefined : values.join(', ');

const words = ({ values, keys }: DocumentField, description: string) => ({
  schema: { type: 'string', ...(values && { examples: [values.slice(0, 2).join(',')] }) },
  description: values
    ? `${description}: ${values.join(', ')}`
    : keys
      ? `${description}; keys as they are spelled, case included`
      : `${description}; a value with a comma in double quotes, \`"Smith, John"\`, a quote in it doubled`,
});

const lower = (value: string) => value.toLowerCase();

/** A list of one value is compared by `=`, which lets an index give the order too. */
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
          check: field.values ? oneOf(field.values) : filled,
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
        description: 'Keys that begin so, without regard to case',
        // '~' sorts behind every character of a key.
        condition: ([value], bind) => `${sql} >= ${bind(value)} AND ${sql} < ${bind(`${value}~`)}`,
      };
      const equals: FilterParameter = {
        parameter: name,
        single: false,
        check,
        canonical: lower,
        schema: { type: 'string' },
        description: 'Any of these keys, separated by commas, without regard to case',
        condition: (values, bind) => anyOf(sql, values, bind),
      };
      return [equals, prefix];
    }
    case 'contains': {
      const check = field.values ? oneOf(field.values) : filled;
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
        check: (value) => (isMoment(value) ? undefined : 'a date or a moment with its offset (RFC 3339)'),
        schema: { type: 'string', examples: ['2026-11-01T00:00:00Z'] },
        description,
        condition: ([value], bind) => `${sql} ${operator} ${bind(value)}::timestamptz`,
      });
      const after = `${name} later than this, by the clock; no change feed: a write may show up after one with a later time`;
      return [side('after', '>', after), side('before', '<', `${name} earlier than this`)];
    }
    case 'during':
      return [
        {
          parameter: name,
          single: true,
          check: (value) => (isDate(value) ? undefined : 'a date, YYYY-MM-DD'),
          schema: { type: 'string', format: 'date' },
          description: 'Documents whose time frame holds this day',
          condition: ([value], bind) => `${sql} <= ${bind(value)} AND ${field.until} >= ${bind(value)}`,
        },
      ];
    case 'text':
      return [
        {
          parameter: name,
          single: true,
          check: (value) => ([...value].length <= MAX_QUERY ? undefined : `at most ${MAX_QUERY} characters`),
          schema: { type: 'string', maxLength: MAX_QUERY },
          description: 'Words to search for: `"a phrase"`, `or`, `-without`; best match first unless `sort` is given',
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
            ? `With true, ${field.widens} finds what belongs to the ones below too`
            : 'Only documents of which this is true; with false, only the others',
          condition: ([value]) => (value === 'true' ? sql : `NOT (${sql})`),
        },
      ];
  }
}

/** The search as PostgreSQL reads it; no input makes this fail. */
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

const known = new WeakMap<DocumentFields, FilterParameter[]>();

/** Every filter parameter that the fields of a resource give. */
export function filterParameters(fields: DocumentFields): FilterParameter[] {
  const kept = known.get(fields);
  if (kept) return kept;
  const parameters = [
    ...Object.entries(fields).flatMap(([name, field]) => parametersOf(name, field)),
    ...missingParameter(fields),
  ];
  known.set(fields, parameters);
  return parameters;
}

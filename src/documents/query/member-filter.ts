import { normalizeText } from '../../validation/text';
import type { DocumentField } from '../definition/document-fields';
import type { FilterParameter } from './filter-parameter';

/** Maximum number of members in a path. */
const MAX_DEPTH = 8;
/** Maximum length of the name of a member, and of a value, in characters. */
const MAX_LENGTH = 200;
/** Maximum number of values. Each is compared as a text, and as another value if it can be one. */
const MAX_MEMBER_VALUES = 10;
/** A value of JSON other than a text. */
const OTHER_VALUE = /^(?:true|false|null|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?)$/;

/**
 * The filter `extra.dbt.group=finance`: documents in which the member, or an entry of a list that it holds, has the
 * value. Containment (`@>`) is served by a GIN index of paths (PostgreSQL manual, 8.14.4).
 */
export function memberFilter(parameter: string, path: string[], { sql }: DocumentField): FilterParameter {
  const isPath = path.length <= MAX_DEPTH && path.every((name) => name.trim() !== '' && name.length <= MAX_LENGTH);
  return {
    parameter,
    maxValues: MAX_MEMBER_VALUES,
    check: (value) =>
      !isPath
        ? `a path of at most ${MAX_DEPTH} names, none of them empty or longer than ${MAX_LENGTH} characters`
        : value.trim() === '' || value.length > MAX_LENGTH
          ? `a value of at most ${MAX_LENGTH} characters`
          : undefined,
    canonical: normalizeText,
    schema: {},
    description: '',
    condition: (values, bind) => {
      const documents = values
        .flatMap((value) => [value, ...(OTHER_VALUE.test(value) ? [JSON.parse(value) as unknown] : [])])
        .flatMap((value) => [value, [value]])
        .map((value) => JSON.stringify(path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)));
      return `${sql} @> ANY(${bind(documents)}::jsonb[])`;
    },
  };
}

import { DEFAULT_LIMIT, PAGE_PARAMETERS, type Paging, pagingParameters, readPaging } from '../../pagination/paging';
import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import { propertiesOf } from '../../validation/schema';
import { invalidValue, quote, type Violation } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import type { DocumentField } from '../definition/document-fields';
import type { ExportOptions } from '../definition/export-format';
import { filterParameters, findFilter, MAX_VALUES } from './filters';

/** A filter parameter of a query with its values. */
export interface Filter {
  parameter: string;
  values: string[];
}

export interface SortTerm {
  field: string;
  descending: boolean;
}

/** The query of a list. */
export interface ListQuery extends ParsedQuery {
  filters: Filter[];
  sort: SortTerm[];
  /** The members to return; all by default. */
  fields: string[] | undefined;
  includeDeleted: boolean;
  paging: Paging;
  /** Filters and sort in canonical form: identifies the row sequence that a cursor belongs to. */
  scope: string;
  /** How an export is written; undefined for lists. */
  export?: ExportOptions;
}

/** The query parameters of a request, each given once. */
type Parameters = Readonly<Record<string, string>>;

/** The default order: newest change first, or relevance for a search. */
const DEFAULT_SORT: SortTerm[] = [{ field: 'updated_at', descending: true }];
export const RELEVANCE = 'relevance';
export const MAX_SORT_TERMS = 3;
/** Maximum number of filters by members. */
const MAX_MEMBER_FILTERS = 5;
/** Rows that a page can skip at little cost. */
const CHEAP_OFFSET = 1000;

/** The members of a document that are allowed in `fields`. */
export const membersOf = (definition: DocumentDefinition): string[] => [...propertiesOf(definition.schema).keys()];

export const sortableFields = ({ fields }: DocumentDefinition): string[] =>
  Object.keys(fields).filter((name) => (fields[name] as DocumentField).sortable);

/**
 * The query parser of a list. Unknown or repeated parameters and values that are not allowed are refused.
 *
 * @param fixed the filter that the path sets, which is not a query parameter then
 * @throws Problem 400 `invalid_parameter` with every violation, `page_too_deep`
 */
export function listQuery(definition: DocumentDefinition, fixed?: string): QueryParser<ListQuery> {
  const filterNames = filterNamesOf(definition).filter((parameter) => parameter !== fixed);
  const known = [...PAGE_PARAMETERS, 'sort', 'fields', 'include_deleted', ...filterNames];
  const read = (query: Parameters, violations: Violation[]): ListQuery => {
    const given = readFilters(definition, query, violations);
    const filters = given.filter((filter) => hasEffect(definition, filter, given, fixed));
    const sort = readSort(definition, query.sort, filters, violations);
    const fields = readFields(definition, query, violations);
    const includeDeleted = readIncludeDeleted(query, violations);
    const paging = readPaging(query, violations);
    const scope = JSON.stringify([
      definition.resource,
      filters.map(({ parameter, values }) => [parameter, ...values]),
      sort.map(termText),
      includeDeleted,
    ]);
    const canonical = new URLSearchParams({
      ...Object.fromEntries(filters.map((filter) => [filter.parameter, filterText(definition, filter)])),
      ...(query.sort !== undefined && { sort: sort.map(termText).join() }),
      ...selectionParameters({ fields, includeDeleted }),
      ...pagingParameters(paging),
    }).toString();
    const isCostly = filters.length > 0 || sort.length > 1 || isDeep(paging);
    return { filters, sort, fields, includeDeleted, paging, scope, canonical, isCostly };
  };
  return { parse: (query) => parseQuery(query, [...known, ...memberNamesOf(definition, query)], read) };
}

/** The names of the filter parameters of a resource. */
export const filterNamesOf = ({ fields }: DocumentDefinition) =>
  filterParameters(fields).map(({ parameter }) => parameter);

/** The parameters of a query that filter by members of a JSON object, such as `extra.dbt.group`. */
export const memberNamesOf = ({ fields }: DocumentDefinition, query: object): string[] =>
  Object.keys(query)
    .filter((parameter) => parameter.includes('.') && findFilter(fields, parameter))
    .slice(0, MAX_MEMBER_FILTERS);

/** The parameters that select what a response contains, in canonical form. */
export const selectionParameters = ({ fields, includeDeleted }: Partial<ListQuery>) => ({
  ...(fields && { fields: fields.join() }),
  ...(includeDeleted && { include_deleted: 'true' }),
});

/** Formats the values of a filter; the inverse of `splitValues`. */
function filterText({ fields }: DocumentDefinition, { parameter, values }: Filter): string {
  return findFilter(fields, parameter)?.single
    ? values.join()
    : values.map((value) => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join();
}

/** The first page of a list without filters: few and frequent queries, worth a prepared statement. */
export const isCommon = ({ filters, sort, fields, paging }: ListQuery): boolean =>
  filters.length === 0 &&
  sort.length === 1 &&
  fields === undefined &&
  paging.mode === 'page' &&
  paging.page === 1 &&
  paging.limit === DEFAULT_LIMIT;

const isDeep = (paging: Paging): boolean => paging.mode === 'page' && (paging.page - 1) * paging.limit > CHEAP_OFFSET;

const termText = ({ field, descending }: SortTerm) => `${descending ? '-' : ''}${field}`;

/** The filters in canonical order: by parameter, values sorted and once each. */
function readFilters({ fields }: DocumentDefinition, query: Parameters, violations: Violation[]): Filter[] {
  const filters: Filter[] = [];
  for (const [name, input] of Object.entries(query)) {
    const filter = findFilter(fields, name);
    if (!filter) continue;
    const { parameter, check, canonical, single, maxValues = MAX_VALUES } = filter;
    const given = single ? [input] : splitValues(input);
    const values = [...new Set(given?.map((value) => canonical?.(value) ?? value))].sort();
    const wrong =
      (given?.length ?? 0) > maxValues
        ? `at most ${maxValues} values`
        : given
          ? given.map(check).find((expected) => expected !== undefined)
          : 'values separated by commas; a value in double quotes must be quoted as a whole';
    if (wrong === undefined) filters.push({ parameter, values });
    else violations.push(invalidValue(parameter, `${parameter} takes ${wrong}, not ${quote(input)}.`));
  }
  return filters.sort((a, b) => (a.parameter < b.parameter ? -1 : 1));
}

/** Splits values as in CSV: commas separate, double quotes enclose a value with commas, two quotes stand for one. */
function splitValues(input: string): string[] | undefined {
  const values: string[] = [];
  for (const [, quoted, bare = ''] of input.matchAll(/(?<=^|,)(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))/g)) {
    if (bare.startsWith('"')) return undefined;
    values.push(quoted?.replaceAll('""', '"') ?? bare);
  }
  return values;
}

/** Whether a filter changes the result. A flag that widens another filter needs that filter and the value true. */
function hasEffect({ fields }: DocumentDefinition, { parameter, values }: Filter, filters: Filter[], fixed?: string) {
  const widened = fields[parameter]?.widens;
  return (
    widened === undefined ||
    (values[0] === 'true' && (widened === fixed || filters.some((filter) => filter.parameter === widened)))
  );
}

function readSort(
  definition: DocumentDefinition,
  input: string | undefined,
  filters: Filter[],
  violations: Violation[],
): SortTerm[] {
  const searching = filters.some(({ parameter }) => definition.fields[parameter]?.match === 'text');
  if (input === undefined) return searching ? [{ field: RELEVANCE, descending: true }] : DEFAULT_SORT;
  const terms = input.split(',').map((term) => ({ field: term.replace(/^-/, ''), descending: term.startsWith('-') }));
  const known = sortableFields(definition);
  const isKnown = terms.every(({ field }) => known.includes(field));
  const isUnique = new Set(terms.map(({ field }) => field)).size === terms.length;
  if (!isKnown || !isUnique || terms.length > MAX_SORT_TERMS) {
    const allowed = `up to ${MAX_SORT_TERMS} different fields of ${known.join(', ')}, each with an optional leading -`;
    violations.push(invalidValue('sort', `sort takes ${allowed}; not ${quote(input)}.`));
  }
  return terms;
}

/** Parses `fields`: the members in alphabetical order, undefined for all. */
export function readFields(
  definition: DocumentDefinition,
  { fields: input }: Parameters,
  violations: Violation[],
): string[] | undefined {
  if (input === undefined) return undefined;
  const allowed = membersOf(definition);
  const fields = input.split(',');
  if (!fields.every((field) => allowed.includes(field)))
    violations.push(invalidValue('fields', `fields takes ${allowed.join(', ')}; not ${quote(input)}.`));
  return [...new Set(fields)].sort();
}

/** Parses `include_deleted`. */
export function readIncludeDeleted({ include_deleted: input = 'false' }: Parameters, violations: Violation[]): boolean {
  if (input !== 'true' && input !== 'false')
    violations.push(invalidValue('include_deleted', 'include_deleted must be true or false.'));
  return input === 'true';
}

/** Adds a filter to a query and to its scope. */
export const withFilter = (query: ListQuery, filter: Filter): ListQuery => ({
  ...query,
  filters: [...query.filters, filter],
  scope: `${query.scope} ${JSON.stringify(filter)}`,
});

import type { Position } from '../pagination/cursor';
import type { Paging } from '../pagination/paging';
import type { DocumentDefinition } from './document-definition';
import { filterParameters, searchQuery } from './filters';
import { type ListQuery, RELEVANCE, type SortTerm } from './list-query';

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** One row: the page as JSON text, how many rows it has, its outermost sort values, and the count where it was asked for. */
export interface PageRow {
  rows: string;
  found: number;
  first: string[] | null;
  last: string[] | null;
  total: number | null;
}

interface SortKey {
  sql: string;
  cast: string;
  descending: boolean;
}

/** Collects the values of a statement; text in the SQL is only ever ours, values only ever bound. */
class Binding {
  readonly values: unknown[] = [];
  readonly bind = (value: unknown): string => `$${this.values.push(value)}`;
}

/**
 * The statement that answers a list: rows, count and cursor values in one, so that all come from one snapshot.
 *
 * @param json SQL of a row as JSON text over the alias `document`
 * @param position where the cursor stands; none starts at the beginning
 */
export function listStatement(
  definition: DocumentDefinition,
  query: ListQuery,
  json: string,
  position?: Position,
): Statement {
  const binding = new Binding();
  const conditions = conditionsOf(definition, query, binding.bind);
  const keys = sortKeys(definition, query, binding.bind);
  const backwards = position?.direction === 'prev';
  const seek = position ? [after(keys, position, binding.bind)] : [];
  const { paging } = query;
  // The cursor reads one row more than asked for: it tells whether there is a next page.
  const size = paging.mode === 'page' ? paging.limit : paging.limit + 1;
  const offset = paging.mode === 'page' ? (paging.page - 1) * paging.limit : 0;
  const counted = paging.mode === 'page' || paging.count;
  const order = keys.map(({ sql, descending }) => `${sql} ${descending !== backwards ? 'DESC' : 'ASC'}`).join(', ');
  const from = `FROM ${definition.resource} AS document`;
  const shown = `FILTER (WHERE n <= ${paging.limit})`;
  const values = `json_build_array(${keys.map(({ sql: key }) => `${key}::text`).join(', ')})`;
  // Aggregates take rows in the order of the subquery (PostgreSQL manual, 9.21), so nothing is sorted to be joined.
  // Backwards the rows are found, and numbered, from the last of the page.
  const sql = `
    SELECT coalesce(string_agg(json, ',') ${shown}, '') AS rows, count(*)::int AS found,
      (array_agg(position) ${shown})[1] AS first, (array_agg(position) ${shown})[count(*) ${shown}] AS last,
      ${counted ? `(SELECT count(*)::int ${from}${where(conditions)})` : 'NULL::int'} AS total
    FROM (
      SELECT ${json} AS json, ${values} AS position, row_number() OVER () AS n
      FROM (SELECT document.* ${from}${where([...conditions, ...seek])} ORDER BY ${order} LIMIT ${size} OFFSET ${offset}) AS document
      ${backwards ? 'ORDER BY n DESC' : ''}
    ) AS page`;
  return { sql, parameters: binding.values };
}

/** The statement that gives every document of the query, in the order of keys. */
export function exportStatement(
  definition: DocumentDefinition,
  query: Pick<ListQuery, 'filters' | 'includeDeleted'>,
  json: string,
): Statement {
  const binding = new Binding();
  const conditions = conditionsOf(definition, query, binding.bind);
  const sql = `SELECT ${json} AS json FROM ${definition.resource} AS document${where(conditions)} ORDER BY lower(key)`;
  return { sql, parameters: binding.values };
}

const where = (conditions: string[]) => (conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '');

function conditionsOf(
  { fields }: DocumentDefinition,
  { filters, includeDeleted }: Pick<ListQuery, 'filters' | 'includeDeleted'>,
  bind: (value: unknown) => string,
): string[] {
  const parameters = filterParameters(fields);
  const conditions = filters.flatMap(
    ({ parameter, values }) => parameters.find((one) => one.parameter === parameter)?.condition(values, bind) ?? [],
  );
  return includeDeleted ? conditions : [...conditions, 'deleted_at IS NULL'];
}

/** The sort as SQL, ending in a unique key so that no two rows are equal: the primary key descends with the term before it. */
function sortKeys(
  { fields }: DocumentDefinition,
  { sort, filters }: ListQuery,
  bind: (value: unknown) => string,
): SortKey[] {
  const keys = sort.map(({ field, descending }: SortTerm): SortKey => {
    if (field === RELEVANCE) {
      const words = filters.find(({ parameter }) => fields[parameter]?.match === 'text')?.values[0];
      return { sql: `ts_rank(search, ${searchQuery(bind(words))})`, cast: 'float4', descending };
    }
    const { sql, type } = fields[field] ?? {};
    if (sql === undefined) throw new Error(`No field ${field} in ${Object.keys(fields).join(', ')}`);
    return { sql, cast: type ?? 'text', descending };
  });
  // The document's key is as unique, and its index is one on it alone.
  if (sort.some(({ field }) => fields[field]?.match === 'key')) return keys;
  return [...keys, { sql: 'id', cast: 'bigint', descending: keys.at(-1)?.descending ?? true }];
}

/**
 * The condition of rows behind a position. Where all terms run one way it is a row comparison, which an index seeks;
 * mixed ones are spelled out, with the bound of the first term in front for the index.
 */
function after(keys: SortKey[], { direction, values, inclusive }: Position, bind: (value: unknown) => string): string {
  const orEqual = inclusive ? '=' : '';
  const bound = keys.map(({ cast }, index) => `${bind(values[index])}::${cast}`);
  const operator = ({ descending }: SortKey) => (descending !== (direction === 'prev') ? '<' : '>');
  const [first] = keys;
  if (first && keys.every((key) => operator(key) === operator(first))) {
    return `(${keys.map(({ sql }) => sql).join(', ')}) ${operator(first)}${orEqual} (${bound.join(', ')})`;
  }
  const alternatives = keys.map((key, index) => {
    const equal = keys.slice(0, index).map(({ sql }, before) => `${sql} = ${bound[before]}`);
    const last = index === keys.length - 1 ? orEqual : '';
    return `(${[...equal, `${key.sql} ${operator(key)}${last} ${bound[index]}`].join(' AND ')})`;
  });
  return `(${first?.sql} ${first && operator(first)}= ${bound[0]} AND (${alternatives.join(' OR ')}))`;
}

/** What the row of a list statement says about the pages before and behind. */
export function neighbours(
  { found }: Pick<PageRow, 'found'>,
  paging: Paging,
  position?: Position,
): { hasNext: boolean; hasPrev: boolean } {
  const more = found > paging.limit;
  return position?.direction === 'prev'
    ? { hasNext: true, hasPrev: more }
    : { hasNext: more, hasPrev: position !== undefined };
}

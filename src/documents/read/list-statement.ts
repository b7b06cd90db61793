import type { Position } from '../../pagination/cursor';
import type { Paging } from '../../pagination/paging';
import type { DocumentDefinition } from '../definition/document-definition';
import { filterParameters, searchQuery } from '../query/filters';
import { type ListQuery, RELEVANCE, type SortTerm } from '../query/list-query';

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** Sort columns that every row contains already, so they are not selected twice. */
const SELECTED = ['created_at', 'updated_at'];

/** The SQL statements of a list. */
export interface ListStatement {
  /** The page with the count of matches if requested, from one snapshot. */
  page: Statement;
  /** The page without the count. */
  uncounted: Statement;
  /** The count of matches if requested. */
  count: Statement | undefined;
  /** The columns with the sort values of a row, as text. */
  sort: string[];
}

interface SortKey {
  sql: string;
  cast: string;
  descending: boolean;
}

/** Collects the bound values of a statement. Values from requests never become part of the SQL text. */
class Binding {
  readonly values: unknown[] = [];
  readonly bind = (value: unknown): string => `$${this.values.push(value)}`;
}

/**
 * Builds the SQL statements of a list. One statement returns rows, sort values, the state of the resource (column
 * `state`) and the count (column `total`), so all come from one snapshot. A `prev` position reverses the row order.
 *
 * @param columns the select list over the alias `document`, including `created_at` and `updated_at` as text
 * @param position the cursor position; without it the list starts at the beginning
 */
export function listStatement(
  definition: DocumentDefinition,
  query: ListQuery,
  columns: string,
  position?: Position,
): ListStatement {
  const binding = new Binding();
  const conditions = conditionsOf(definition, query, binding.bind);
  const { paging } = query;
  const from = `FROM ${definition.resource} AS document`;
  const counted = paging.mode === 'page' || paging.count;
  const total = `SELECT count(*)::int AS total ${from}${where(conditions)}`;
  const count = counted ? { sql: total, parameters: [...binding.values] } : undefined;
  const keys = sortKeys(definition, query, binding.bind);
  const backwards = position?.direction === 'prev';
  const seek = position ? [after(keys, position, binding.bind)] : [];
  // Cursor pagination reads one more row to find out whether there is a next page.
  const size = paging.mode === 'page' ? paging.limit : paging.limit + 1;
  const offset = paging.mode === 'page' ? (paging.page - 1) * paging.limit : 0;
  const order = keys.map(({ sql, descending }) => `${sql} ${descending !== backwards ? 'DESC' : 'ASC'}`).join(', ');
  const sort = keys.map(({ sql }, index) => (SELECTED.includes(sql) ? sql : `sort_${index}`));
  const values = keys
    .map(({ sql }, index) => (SELECTED.includes(sql) ? '' : `, ${sql}::text AS sort_${index}`))
    .join('');
  // The inner query finds the rows; only those of the page are converted to text.
  const pageWith = (more: string): Statement => ({
    sql: `SELECT ${columns}${values}${more}
    FROM (
      SELECT document.* ${from}${where([...conditions, ...seek])} ORDER BY ${order} LIMIT ${size} OFFSET ${offset}
    ) AS document`,
    parameters: binding.values,
  });
  const state = count ? `, ${stateOf(definition.resource)} AS state` : '';
  const uncounted = pageWith(state);
  return { page: count ? pageWith(`, (${total}) AS total${state}`) : uncounted, uncounted, count, sort };
}

/** Builds the statement of an export: every matching document, ordered by key. */
export function exportStatement(
  definition: DocumentDefinition,
  query: Pick<ListQuery, 'filters' | 'includeDeleted'>,
  columns: string,
): Statement {
  const binding = new Binding();
  const conditions = conditionsOf(definition, query, binding.bind);
  const sql = `SELECT ${columns} FROM ${definition.resource} AS document${where(conditions)} ORDER BY lower(key)`;
  return { sql, parameters: binding.values };
}

/**
 * Builds the statement of an export in groups: each document that `reference` refers to, followed by the documents that
 * refer to it, ordered by key. Documents without the reference come first. The column `resource` says what a row is.
 *
 * @param parent the resource referred to; it needs the same columns as the referring one
 */
export function groupedExportStatement(
  definition: DocumentDefinition,
  query: Pick<ListQuery, 'filters' | 'includeDeleted'>,
  { parent, member, column }: { parent: DocumentDefinition; member: string; column: string },
  columns: string,
): Statement {
  const binding = new Binding();
  const conditions = conditionsOf(definition, query, binding.bind);
  const { resource } = definition;
  const parents = query.includeDeleted ? [] : ['deleted_at IS NULL'];
  if (query.filters.length > 0) parents.push(`document.id IN (SELECT ${column} FROM ${resource}${where(conditions)})`);
  const sql = `SELECT * FROM (
    SELECT '${parent.resource}' AS resource, lower(key) AS group_key, lower(key) AS sort_key, ${columns}
      FROM ${parent.resource} AS document${where(parents)}
    UNION ALL
    SELECT '${resource}', coalesce(lower(data ->> '${member}'), ''), lower(key), ${columns}
      FROM ${resource} AS document${where(conditions)}
  ) AS rows ORDER BY group_key COLLATE "C", resource = '${resource}', sort_key`;
  return { sql, parameters: binding.values };
}

/**
 * SQL for the state of a resource in the snapshot of the statement: counts are equal while it is equal. It consists of
 * the generation, the start time of the server and the identity of the generations table (docs/adr/0010).
 */
const stateOf = (resource: string): string =>
  `(SELECT concat_ws('.', sum(${resource}), pg_postmaster_start_time(), 'cache_generations'::regclass::oid)
    FROM cache_generations)`;

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

/** The sort keys as SQL. The last one is unique, and the primary key has the direction of the term before it. */
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
  // The document's key is unique too, and its index has no further columns.
  if (sort.some(({ field }) => fields[field]?.match === 'key')) return keys;
  return [...keys, { sql: 'id', cast: 'bigint', descending: keys.at(-1)?.descending ?? true }];
}

/**
 * The keyset condition for rows after a position. Terms of one direction give a row comparison, which an index
 * supports; mixed directions give alternatives, preceded by a bound on the first term for the index.
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

/** Derives from the number of rows found whether there are next and previous pages. */
export function neighbours(found: number, paging: Paging, position?: Position): { hasNext: boolean; hasPrev: boolean } {
  const more = found > paging.limit;
  return position?.direction === 'prev'
    ? { hasNext: true, hasPrev: more }
    : { hasNext: more, hasPrev: position !== undefined };
}

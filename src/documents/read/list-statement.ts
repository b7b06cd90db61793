import type { Position } from '../../pagination/cursor';
import type { Paging } from '../../pagination/paging';
import type { DocumentDefinition } from '../definition/document-definition';
import { filterParameters, searchQuery } from '../query/filters';
import { type ListQuery, RELEVANCE, type SortTerm } from '../query/list-query';

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** Columns of every row that are sorted by as they are shown: printing them twice takes PostgreSQL twice as long. */
const SHOWN = ['created_at', 'updated_at'];

/** The statements that answer a list. */
export interface ListStatement {
  /** The page with the count of all matches, where they are wanted, from one snapshot. */
  page: Statement;
  /** The same without counting. */
  uncounted: Statement;
  /** Counts the matches, where they are wanted. */
  count: Statement | undefined;
  /** The columns that hold the sort values of a row, as text. */
  sort: string[];
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
 * The statements that answer a list: rows, their sort values, the state of the resource (the column `state`) and the
 * count (the column `total`) in one, so that all come from one snapshot. Before a `prev` position the rows come backwards.
 *
 * @param columns the select list of a row over the alias `document`, `created_at` and `updated_at` as text among them
 * @param position where the cursor stands; none starts at the beginning
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
  // The cursor reads one row more than asked for: it tells whether there is a next page.
  const size = paging.mode === 'page' ? paging.limit : paging.limit + 1;
  const offset = paging.mode === 'page' ? (paging.page - 1) * paging.limit : 0;
  const order = keys.map(({ sql, descending }) => `${sql} ${descending !== backwards ? 'DESC' : 'ASC'}`).join(', ');
  const sort = keys.map(({ sql: key }, index) => (SHOWN.includes(key) ? key : `sort_${index}`));
  const values = keys
    .filter(({ sql: key }) => !SHOWN.includes(key))
    .map((key) => `, ${key.sql}::text AS ${sort[keys.indexOf(key)]}`)
    .join('');
  // What is skipped is not printed: the rows are found first, in their order, and made text afterwards.
  const pageWith = (more: string): Statement => ({
    sql: `SELECT ${columns}${values}${more}
    FROM (SELECT document.* ${from}${where([...conditions, ...seek])} ORDER BY ${order} LIMIT ${size} OFFSET ${offset}) AS document`,
    parameters: binding.values,
  });
  if (!count) return { page: pageWith(''), uncounted: pageWith(''), count, sort };
  const state = `${stateOf(definition.resource)} AS state`;
  return { page: pageWith(`, (${total}) AS total, ${state}`), uncounted: pageWith(`, ${state}`), count, sort };
}

/** The statement that gives every document of the query, in the order of keys. */
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
 * SQL for the state of a resource as the statement around it sees it: as long as it stays, so does every count. The start
 * of the server and the identity of the table tell it from the same number of another past (docs/adr/0010).
 */
const stateOf = (resource: string): string =>
  `(SELECT concat_ws('.', sum(${resource}), pg_postmaster_start_time(), 'cache_generations'::regclass::oid) FROM cache_generations)`;

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

/** What the number of rows found says about the pages before and behind. */
export function neighbours(found: number, paging: Paging, position?: Position): { hasNext: boolean; hasPrev: boolean } {
  const more = found > paging.limit;
  return position?.direction === 'prev'
    ? { hasNext: true, hasPrev: more }
    : { hasNext: more, hasPrev: position !== undefined };
}

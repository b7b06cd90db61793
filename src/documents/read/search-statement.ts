import { type Bind, buildSearch, matchesSql, wholeName } from '../query/search';
import { similarQueries, similarSql, termsSql, WEIGHTS } from './similar-statement';

/** Maximum number of matches that are ranked. */
export const MAX_RANKED = 500;

/** The order of a search: the best first, then by name. */
export const SEARCH_ORDER = [
  { sql: 'match_cost', cast: 'float8' },
  { sql: 'match_name', cast: 'text' },
  { sql: 'match_id', cast: 'bigint' },
];
/** SQL over a row of a search: `similar`, or NULL for a match. */
export const MATCH = `CASE WHEN match_cost > -1 THEN 'similar' END`;

/** What a search is about. */
export interface SearchScope {
  resource: string;
  namedBy?: string | undefined;
  includeDeleted: boolean;
  /** The search text. */
  text: string;
  /** SQL conditions on documents besides the search; without them only the search table is read. */
  conditions: readonly string[];
  bind: Bind;
  /** The number of rows that are read in order; undefined for any. */
  depth?: number | undefined;
}

/** A search as SQL. */
export interface SearchStatement {
  /** The WITH clause of the statement. */
  with: string;
  /** A table of what is found: `match_id`, `match_cost` (lower is better) and `match_name`. */
  hits: string;
  /** The number of documents found. */
  total: string;
}

/**
 * Builds the SQL of a search by relevance. Matches are collected level by level, by an index scan each, until there are
 * `MAX_RANKED`; then further levels are not read. What matches besides them has no rank and follows by name.
 */
export function searchStatement(scope: SearchScope): SearchStatement {
  const { resource, text, bind, depth } = scope;
  const search = buildSearch(text, scope.namedBy);
  const words = search.words(bind);
  const exact = search.exact(bind);
  const levels = {
    ...(exact.length > 0 && { exact: exact.join(' || ') }),
    ...(search.names && { all_names: search.names.words(bind), begin_names: search.names.beginning(bind) }),
    in_texts: search.text(bind),
  };
  const names = Object.keys(levels);
  const queries = {
    ...levels,
    ...Object.fromEntries(exact.map((query, at) => [`exact_${at}`, query])),
    whole: `${bind(wholeName(text))}::text`,
    phrase: search.phrase(bind),
    matches: matchesSql(search, bind),
    ...similarQueries(words),
  };
  const clauses = names.map((level, at) => {
    const before = names.slice(0, at);
    const rest = before.map((name) => `match_id NOT IN (SELECT match_id FROM ${name}_rows)`);
    const room = before.map((name) => `(SELECT count(*) FROM ${name}_rows)`).join(' + ');
    const rows = foundSql(scope, level, 'match_id, match_weight');
    return `${level}_rows AS MATERIALIZED (
      SELECT match_id, ${names.length - at} AS kind, ${level !== 'in_texts'} AS in_names, ${level === 'exact'} AS is_exact,
        match_weight
      FROM (${rows}) AS level
      WHERE ${[...rest, ...(at === 0 ? ['true'] : [`(SELECT ${room} < ${MAX_RANKED})`])].join(' AND ')}
      ORDER BY match_weight DESC, match_id LIMIT ${MAX_RANKED})`;
  });
  const best = names.map((level) => `SELECT * FROM ${level}_rows`).join(' UNION ALL ');
  // Whole names are of several kinds, which are further apart than other ranks.
  const kind = `kind + CASE WHEN NOT is_exact THEN 0 ${exact
    .map((_, at) => `WHEN terms @@ exact_${at} THEN ${exact.length - at} `)
    .join('')}ELSE 0 END`;
  const parts = [
    `SELECT match_id, -(${kind}) - 0.999 * (0.25 * fetched.match_weight
        + 0.2 * starts_with(fetched.match_name, whole)::int + 0.15 * (terms @@ phrase)::int
        + 0.4 * least(1, ts_rank(${WEIGHTS}, terms, in_texts))) AS match_cost, fetched.match_name
      FROM best CROSS JOIN query, ${termsSql(resource)}`,
  ];
  if (depth === undefined || depth > MAX_RANKED)
    parts.push(`SELECT match_id, -1, match_name
      FROM (${foundSql(scope, 'matches', 'match_id, match_name')}) AS unranked
      WHERE match_id NOT IN (SELECT match_id FROM best)`);
  if (words.length > 0) parts.push('SELECT match_id, match_cost, match_name FROM resembling');
  const columns = Object.entries(queries).map(([name, sql]) => `${sql} AS ${name}`);
  const similar = words.length > 0 ? similarSql(resource, words.length, (...found) => foundSql(scope, ...found)) : '';
  return {
    with: `WITH query AS MATERIALIZED (SELECT ${columns.join(', ')}), ${clauses.join(', ')},
    best AS MATERIALIZED (${best} LIMIT ${MAX_RANKED})${similar}`,
    hits: `(${parts.join('\nUNION ALL ')})`,
    // Below the maximum, the ranked matches are all.
    total: `(CASE WHEN (SELECT count(*) < ${MAX_RANKED} FROM best) THEN (SELECT count(*) FROM best)
      ELSE (${foundSql(scope, 'matches', 'count(*)')}) END${
        similar === '' ? '' : ' + (SELECT count(*) FROM resembling)'
      })::int`,
  };
}

/** SQL for the rows of the search table that match a column of `query`, and the conditions. */
function foundSql({ resource, includeDeleted, conditions }: SearchScope, query: string, columns: string) {
  const rows = `SELECT id AS match_id, weight AS match_weight, name AS match_name FROM ${resource}_search
    WHERE terms @@ (SELECT ${query} FROM query)${includeDeleted ? '' : ' AND live'}`;
  return conditions.length === 0
    ? `SELECT ${columns} FROM (${rows}) AS found`
    : `SELECT ${columns} FROM (${rows}) AS found JOIN ${resource} AS document ON document.id = match_id
       WHERE ${conditions.join(' AND ')}`;
}

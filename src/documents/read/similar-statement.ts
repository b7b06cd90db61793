import type { WordQuery } from '../query/search';

/** From this number of matches on, no documents follow that only resemble the search text. */
const ENOUGH = 10;
/** Maximum number of similar documents. */
const MAX_SIMILAR = 20;
/** Maximum number of comparisons of a word with a document. */
const MAX_COMPARISONS = 1000;
/** More words have too many combinations of all but one. */
const MOST_WORDS = 5;
/** Similar documents have at least this share of the score of the best one. */
const LEAST_SHARE = 0.5;
/** The values of a word in a formula, description, tag or synonym, and name (PostgreSQL manual, 12.3.3). */
export const WEIGHTS = `'{0.1, 0.25, 0.6, 1}'`;

const hasMost = (count: number) => count > 2 && count <= MOST_WORDS;

/** SQL for the terms, weight and name of a row found. OFFSET makes PostgreSQL fetch each row by its primary key. */
export const termsSql = (resource: string): string =>
  `LATERAL (SELECT terms, weight AS match_weight, name AS match_name FROM ${resource}_search
    WHERE id = match_id OFFSET 0) AS fetched`;

/** Columns of the table `query`: a resemblance to all words or to all but one; a typing error in one; one of the words. */
export function similarQueries(words: readonly WordQuery[]): Record<string, string> {
  if (words.length === 0) return {};
  const forms = words.flatMap(({ text, name, similar }, at) =>
    Object.entries({ text, name, similar }).map(([form, sql]) => [`${form}_${at}`, sql]),
  );
  const like = words.map(({ text, similar }) => `(${text} || ${similar})`);
  const allBut = (left: number) => `(${like.filter((_, at) => at !== left).join(' && ')})`;
  return {
    like_all: like.join(' && '),
    ...(hasMost(words.length) && { like_most: like.map((_, at) => allBut(at)).join(' || ') }),
    like_near: words.map(({ near }) => near).join(' || '),
    like_text: words.map(({ text }) => text).join(' || '),
    ...(Object.fromEntries(forms) as Record<string, string>),
  };
}

/**
 * Clauses of a WITH clause, of which the last, `resembling`, has the documents with some of the words, or with words
 * that differ by a typing error. It has none if the documents with all words are enough, or if one of them has the
 * words in its names. A word that few of the candidates have counts more (inverse document frequency).
 *
 * @param count the number of words
 * @param found SQL for the rows that match a column of `query`
 */
export function similarSql(resource: string, count: number, found: (query: string, columns: string) => string): string {
  const limit = ` LIMIT ${Math.ceil(MAX_COMPARISONS / count)}`;
  const isNeeded = `(SELECT count(*) < ${ENOUGH} AND NOT coalesce(bool_or(in_names), false) FROM best)`;
  const isAbsent = 'match_id NOT IN (SELECT match_id FROM best)';
  const each = (sql: (at: number) => string, separator = ', ') =>
    Array.from({ length: count }, (_, at) => sql(at)).join(separator);
  const value = (at: number) => `greatest(
    least(1, 1.6 * ts_rank(${WEIGHTS}, terms, text_${at})),
    CASE WHEN terms @@ name_${at} THEN 0.9 WHEN terms @@ similar_${at} THEN 0.55 ELSE 0 END)::float8 AS value_${at}`;
  const rarity = (at: number) =>
    `ln(2 + count(*) OVER () / (1.0 + count(*) FILTER (WHERE value_${at} > 0) OVER ()))::float8 AS rarity_${at}`;
  // Less alike ones are read only if the others are not enough.
  const kinds = [
    'like_all',
    ...(hasMost(count) ? ['like_most'] : []),
    ...(count > 1 ? ['like_near', 'like_text'] : []),
  ];
  const clauses = kinds.map((kind, at) => {
    const before = kinds.slice(0, at).filter((other) => kind !== 'like_text' || other !== 'like_near');
    const known = before.map((other) => `(SELECT count(*) FROM ${other}_rows)`).join(' + ');
    return `${kind}_rows AS MATERIALIZED (
      -- Materialized, because PostgreSQL would rather look for few rows in the complete table.
      SELECT match_id FROM (WITH rows AS MATERIALIZED (${found(kind, 'match_id')}) SELECT * FROM rows${limit}) AS found
      WHERE (SELECT ${known === '' ? 'true' : `${known} < ${ENOUGH}`}) AND ${isNeeded} AND ${isAbsent})`;
  });
  return `, ${clauses.join(', ')}, resembling AS MATERIALIZED (
      SELECT match_id, -least(0.999, score) AS match_cost, match_name FROM (
        SELECT match_id, match_name, score, max(score) OVER () AS best_score FROM (
          SELECT match_id, match_name, match_weight
            * (${each((at) => `value_${at} * rarity_${at}`, ' + ')}) / (${each((at) => `rarity_${at}`, ' + ')}) AS score
          FROM (
            SELECT *, ${each(rarity)} FROM (
              SELECT match_id, match_weight, match_name, ${each(value)}
              FROM (${kinds.map((kind) => `SELECT match_id FROM ${kind}_rows`).join(' UNION ')}) AS candidates
              CROSS JOIN query, ${termsSql(resource)}
              OFFSET 0
            ) AS valued
          ) AS weighed
        ) AS scored
      ) AS shares
      WHERE score >= ${LEAST_SHARE} * best_score
      ORDER BY score DESC, match_name, match_id LIMIT ${MAX_SIMILAR}
    )`;
}

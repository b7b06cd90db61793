import type { WordQuery } from '../query/search';

/** From this number of matches on, no documents follow that only resemble the search text. */
const ENOUGH = 10;
/** Maximum number of similar documents. */
const MAX_SIMILAR = 20;
/** Maximum number of comparisons of a word with a document. */
const MAX_COMPARISONS = 1000;
/** Similar documents have at least this share of the score of the best one. */
const LEAST_SHARE = 0.5;
/** The values of a word in a formula, description, tag or synonym, and name (PostgreSQL manual, 12.3.3). */
export const WEIGHTS = `'{0.1, 0.25, 0.6, 1}'`;

/** SQL for the terms, weight and name of a row found. OFFSET makes PostgreSQL fetch each row by its primary key. */
export const termsSql = (resource: string): string =>
  `LATERAL (SELECT terms, weight AS match_weight, name AS match_name FROM ${resource}_search WHERE id = match_id OFFSET 0) AS fetched`;

/** Columns of the table `query`: with a resemblance to all words, to some in names, or with some words. */
export function similarQueries(words: readonly WordQuery[]): Record<string, string> {
  if (words.length === 0) return {};
  const forms = words.flatMap((word, at) => Object.entries(word).map(([form, sql]) => [`${form}_${at}`, String(sql)]));
  return {
    like_all: words.map(({ text, similar }) => `(${text} || ${similar})`).join(' && '),
    like_name: words.map(({ similar }) => similar).join(' || '),
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
export function similarSql(
  resource: string,
  count: number,
  found: (query: string, columns: string, limit: string) => string,
): string {
  const limit = ` LIMIT ${Math.ceil(MAX_COMPARISONS / count)}`;
  const isAbsent = 'match_id NOT IN (SELECT match_id FROM best)';
  const each = (sql: (at: number) => string, separator = ', ') =>
    Array.from({ length: count }, (_, at) => sql(at)).join(separator);
  const value = (at: number) => `greatest(
    least(1, 1.6 * ts_rank(${WEIGHTS}, terms, text_${at})),
    CASE WHEN terms @@ name_${at} THEN 0.9 WHEN terms @@ similar_${at} THEN 0.55 ELSE 0 END)::float8 AS value_${at}`;
  const rarity = (at: number) =>
    `ln(2 + count(*) OVER () / (1.0 + count(*) FILTER (WHERE value_${at} > 0) OVER ()))::float8 AS rarity_${at}`;
  const some =
    count > 1
      ? `UNION (SELECT match_id FROM (${found('like_name', 'match_id', limit)}) AS some_names
          WHERE (SELECT count(*) < ${ENOUGH} FROM alike))
        UNION (SELECT match_id FROM (${found('like_text', 'match_id', limit)}) AS some_words
          WHERE (SELECT count(*) < ${ENOUGH} FROM alike))`
      : '';
  return `, alike AS MATERIALIZED (
      SELECT match_id FROM (${found('like_all', 'match_id', limit)}) AS all_words
      WHERE (SELECT count(*) < ${ENOUGH} AND NOT coalesce(bool_or(in_names), false) FROM best) AND ${isAbsent}
    ), resembling AS MATERIALIZED (
      SELECT match_id, -least(0.999, score) AS match_cost, match_name FROM (
        SELECT match_id, match_name, score, max(score) OVER () AS best_score FROM (
          SELECT match_id, match_name, match_weight
            * (${each((at) => `value_${at} * rarity_${at}`, ' + ')}) / (${each((at) => `rarity_${at}`, ' + ')}) AS score
          FROM (
            SELECT *, ${each(rarity)} FROM (
              SELECT match_id, match_weight, match_name, ${each(value)}
              FROM (SELECT match_id FROM alike ${some}) AS candidates CROSS JOIN query, ${termsSql(resource)}
              WHERE (SELECT count(*) < ${ENOUGH} AND NOT coalesce(bool_or(in_names), false) FROM best) AND ${isAbsent}
              OFFSET 0
            ) AS valued
          ) AS weighed
        ) AS scored
      ) AS shares
      WHERE score >= ${LEAST_SHARE} * best_score
      ORDER BY score DESC, match_name, match_id LIMIT ${MAX_SIMILAR}
    )`;
}

import { parseSearch, type SearchTerm } from './search-syntax';
import { fold, isUnspaced, joined, plainWords, type SearchWord, searchWords, similarTerms } from './search-text';

/** Maximum number of words and pairs of characters that are compared with typing errors. */
const MAX_SEARCH_TERMS = 20;
/** Maximum length of a name that is compared as a whole. */
const MAX_NAME_LENGTH = 200;
/** Maximum number of documents of another resource whose name is the search text. */
const MAX_NAMED = 10;
/** Shorter words match as the beginning of a longer one only where they are the last of a search text. */
const SHORTEST_PREFIX = 3;

/** One word of a search text as SQL of the type tsquery. */
export interface WordQuery {
  /** The word in any text. */
  text: string;
  /** The word, or the beginning of a longer one, in a name. */
  name: string;
  /** The same, or a word of a name that differs by a typing error. */
  similar: string;
  /** A word of a name that differs by a typing error. */
  near: string;
}

/**
 * A search text as SQL of the type tsquery, over the column `terms`. Each call binds the values from the request, so
 * that a statement has those that it needs.
 */
export interface Search {
  /** The text is the key, a name, a synonym, or one of them apart from spaces and punctuation. */
  exact: (bind: Bind) => string[];
  /** All words in names, also with the last as the beginning of one; absent for a text with operators or no words. */
  names?: { words: (bind: Bind) => string; beginning: (bind: Bind) => string };
  /** All words in any text. */
  text: (bind: Bind) => string;
  /** The words next to each other in any text. */
  phrase: (bind: Bind) => string;
  /** The words, for documents that only resemble the text; none for a text with operators. */
  words: (bind: Bind) => WordQuery[];
}

export type Bind = (value: unknown) => string;

/** A lexeme in the syntax of a tsquery (PostgreSQL manual, 8.11.2). */
const lexeme = (term: string, prefix = false) =>
  `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'${prefix ? ':*' : ''}`;
const any = (queries: string[]) => `(${queries.join(' | ')})`;
const all = (queries: string[]) => `(${queries.join(' & ')})`;

/** The text as names are compared with it. */
export const wholeName = (text: string): string => fold(text.replaceAll('"', '').trim()).slice(0, MAX_NAME_LENGTH);

/**
 * Builds the queries of a search text. No text makes one fail.
 *
 * @param namedBy a resource: texts with the key of its document whose name is the search text match too
 */
export function buildSearch(text: string, namedBy?: string): Search {
  const { alternatives, hasOperators } = parseSearch(text);
  const words = hasOperators ? [] : searchWords(text).slice(0, MAX_SEARCH_TERMS);
  const exact = (bind: Bind) => exactTerms(text).map((term) => literal(lexeme(term), bind));
  if (words.length === 0) {
    const web = (bind: Bind) =>
      combine(
        alternatives.map((terms) =>
          combine(
            terms.map((term) => termSql(term, bind)),
            '&&',
          ),
        ),
        '||',
      );
    return { exact, text: web, phrase: web, words: () => [] };
  }
  const last = words.length - 1;
  // The word that is being typed.
  const typed = words.map((word, at) => nameQuery(word, at === last, true));
  const beginnings = words.map((word, at) => nameQuery(word, true, at === last));
  return {
    exact,
    names: {
      words: (bind) => literal(all(words.map((word) => nameQuery(word, false))), bind),
      beginning: (bind) => literal(all(typed), bind),
    },
    text: (bind) => {
      const all = words.map((word) => textSql(word, bind));
      return combine([combine(all, '&&'), ...(namedBy === undefined ? [] : [namedSql(namedBy, text, bind)])], '||');
    },
    phrase: (bind) => `phraseto_tsquery('english', ${bind(words.map(({ word }) => word).join(' '))})`,
    words: (bind) =>
      words.map((word, at) => ({
        text: textSql(word, bind),
        name: literal(beginnings[at] ?? '', bind),
        similar: literal(any([beginnings[at] ?? '', ...nearTerms(word)]), bind),
        near: literal(nearTerms(word).join(' | '), bind),
      })),
  };
}

/** SQL for everything that a search matches. */
export const matchesSql = ({ exact, names, text }: Search, bind: Bind): string =>
  combine([...exact(bind), ...(names ? [names.beginning(bind)] : []), text(bind)], '||');

/** The terms of whole names, the best first. */
function exactTerms(text: string): string[] {
  const name = wholeName(text);
  const whole = joined(name);
  return whole === '' ? [] : [`=k${name}`, `=n${name}`, `=s${name}`, `=j${whole}`];
}

const nearTerms = ({ word }: SearchWord) => similarTerms(word).map((term) => lexeme(term));

const literal = (query: string, bind: Bind) => `${bind(query)}::tsquery`;

/** SQL for several queries as one; an empty one has no effect. */
const combine = (queries: string[], operator: '&&' | '||') =>
  queries.length === 0 ? `''::tsquery` : `(${queries.join(` ${operator} `)})`;

/** A word in a name. */
function nameQuery({ word, parts, stem }: SearchWord, prefix: boolean, isLast = false): string {
  const one = (part: string) => {
    const length = [...part].length;
    return lexeme(`.${part}`, prefix && (length >= SHORTEST_PREFIX || (isLast && length > 1) || isUnspaced(part)));
  };
  return any([
    one(word),
    ...(parts.length > 0 ? [all(parts.map(one))] : []),
    ...(stem === undefined ? [] : [one(stem)]),
  ]);
}

/** SQL for a word in any text. */
function textSql({ word, parts, stem }: SearchWord, bind: Bind): string {
  const one = (part: string) => `search_word(${bind(part)})`;
  const single = isUnspaced(word) && [...word].length === 1;
  return combine(
    [
      single ? literal(lexeme(word, true), bind) : one(word),
      ...(parts.length > 0 ? [combine(parts.map(one), '&&')] : []),
      ...(stem === undefined ? [] : [one(stem)]),
    ],
    '||',
  );
}

/** SQL for the keys of documents that have a text as their name. A key whose words are in the text is found without. */
function namedSql(resource: string, text: string, bind: Bind): string {
  const names = exactTerms(text)
    .filter((term) => !term.startsWith('=k'))
    .map((term) => lexeme(term));
  return `(SELECT coalesce(string_agg(key_words::text, ' | '), '')::tsquery FROM (
    SELECT phraseto_tsquery('english', search_words(named.key)) AS key_words
    FROM ${resource}_search JOIN ${resource} AS named USING (id)
    WHERE terms @@ ${literal(any(names), bind)} AND live ORDER BY named.id LIMIT ${MAX_NAMED}) AS found
    WHERE numnode(key_words) > 0 AND NOT to_tsvector('english', ${bind(text)}) @@ key_words)`;
}

/** SQL for a term of a text with operators. */
function termSql({ text, isPhrase, isExcluded }: SearchTerm, bind: Bind): string {
  const words = searchWords(text);
  const phrase = words.map(({ word }) => word).join(' ');
  const sql =
    isPhrase && words.length > 1
      ? `phraseto_tsquery('english', ${bind(phrase)})`
      : combine(
          words.map((word) => combine([textSql(word, bind), literal(nameQuery(word, false), bind)], '||')),
          '&&',
        );
  return isExcluded ? `!!${sql}` : sql;
}

/** The number of words in a search text; the operator `or` is none. */
export const countWords = (text: string): number => plainWords(text).filter((word) => word !== 'or').length;

/** SQL for the condition that a document matches a search text. */
export const searchCondition = (resource: string, text: string, bind: Bind, namedBy?: string): string =>
  `id IN (SELECT id FROM ${resource}_search WHERE terms @@ ${matchesSql(buildSearch(text, namedBy), bind)})`;

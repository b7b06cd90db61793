import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../files/catalogue-entry';

/** Dialects with the language of a formula. Drafts of Ossie 0.2 differ: the earlier ones have no DAX. */
const LANGUAGES: Readonly<Record<string, string | undefined>> = {
  ANSI_SQL: 'sql',
  SNOWFLAKE: 'sql',
  DATABRICKS: 'sql',
  BIGQUERY: 'sql',
  DUCKDB: 'sql',
  MDX: 'mdx',
  MAQL: 'maql',
  TABLEAU: 'tableau',
  DAX: 'dax',
};
/** The dialects that a draft has from 0.1.1 on: every reader accepts them. */
const PORTABLE = ['ANSI_SQL', 'SNOWFLAKE', 'DATABRICKS', 'BIGQUERY', 'MDX', 'MAQL', 'TABLEAU'];
/** The dialect in which an expression without dialects is written. */
const DIALECTS: Readonly<Record<string, string>> = {
  sql: 'ANSI_SQL',
  mdx: 'MDX',
  maql: 'MAQL',
  tableau: 'TABLEAU',
};
const MAIN = 'ANSI_SQL';
const MAX_EXPRESSION = 20_000;
const MAX_DIALECT = 64;
const MAX_DIALECTS = 20;
/** Stands for a metric that is not defined: Ossie requires an expression. */
const NONE = { dialect: MAIN, expression: 'NULL' };

interface DialectExpression {
  dialect: string;
  expression: string;
}

/** The expressions of an Ossie object; a plain text is one in standard SQL. */
export function dialectsIn(expression: unknown): DialectExpression[] {
  if (typeof expression === 'string') return usable([{ dialect: MAIN, expression }]);
  const dialects = isObject(expression) ? expression['dialects'] : undefined;
  if (!Array.isArray(dialects)) return [];
  return usable(
    dialects.flatMap((one: unknown) =>
      isObject(one) && typeof one['dialect'] === 'string' && typeof one['expression'] === 'string'
        ? [{ dialect: one['dialect'], expression: one['expression'] }]
        : [],
    ),
  );
}

const usable = (dialects: DialectExpression[]) =>
  dialects.filter(
    (one) =>
      one.expression.trim() !== '' &&
      one.expression.trim().toUpperCase() !== NONE.expression &&
      [...one.expression].length <= MAX_EXPRESSION &&
      /^\S+$/.test(one.dialect) &&
      one.dialect.length <= MAX_DIALECT,
  );

const mainOf = (dialects: readonly DialectExpression[]) =>
  dialects.find(({ dialect }) => dialect === MAIN) ?? dialects[0];

/** Reads the formula of a metric: every dialect, and the main one as the expression. */
export function readFormula(expression: unknown): JsonObject | undefined {
  const dialects = dialectsIn(expression).slice(0, MAX_DIALECTS);
  const main = mainOf(dialects);
  if (!main) return undefined;
  const language = LANGUAGES[main.dialect.toUpperCase()];
  return { expression: main.expression, ...(language !== undefined && { language }), dialects };
}

/** Whether a formula holds all of an expression. */
export const isCarried = (expression: unknown, formula: JsonObject | undefined): boolean =>
  isDeepStrictEqual(expression, { dialects: formula?.['dialects'] ?? [NONE] });

/**
 * Writes the expression of a metric.
 *
 * @param original the expression as it was read, if the formula does not hold all of it
 * @param lose reports what Ossie cannot express: `expression`, `formula.language`, `formula.dialects`
 */
export function writeExpression(formula: unknown, original: unknown, lose: (name: string) => void): unknown {
  if (original !== undefined && isDeepStrictEqual(readFormula(original), formula)) return original;
  const { expression, language = 'sql', dialects } = isObject(formula) ? formula : {};
  const given = Array.isArray(dialects) ? (dialects as DialectExpression[]) : [];
  const known = given.flatMap((one) => {
    const dialect = one.dialect.toUpperCase();
    // One in capitals came from an Ossie file: other software adds dialects of its own.
    return PORTABLE.includes(dialect) || dialect === one.dialect ? [{ ...one, dialect }] : [];
  });
  if (known.length < given.length) lose('formula.dialects');
  const result = typeof expression === 'string' ? withMain(known, expression, String(language), lose) : known;
  if (result.length > 0) return { dialects: result };
  if (typeof expression !== 'string') lose('expression');
  return { dialects: [NONE] };
}

/** Puts the expression of a formula first, unless it is the main one of the dialects already. */
function withMain(
  dialects: DialectExpression[],
  expression: string,
  language: string,
  lose: (name: string) => void,
): DialectExpression[] {
  if (mainOf(dialects)?.expression === expression) return dialects;
  const dialect = DIALECTS[language];
  if (dialect !== undefined) return [{ dialect, expression }, ...dialects.filter((one) => one.dialect !== dialect)];
  lose('formula.language');
  return dialects;
}

import { isObject, type JsonObject } from '../files/catalogue-entry';
import { dialectsIn } from './ossie-expression';

/** Sources of one metric. */
const MAX_SOURCES = 50;
const MAX_OBJECT = 500;

/** A name, quoted in any way or not, before `.` or `[`: `orders.amount`, `"orders"."amount"`, `Sales[Amount]`. */
const QUALIFIER = /(?:["'`]([^"'`]+)["'`]|\[([^\][]+)\]|(?<![\p{L}\p{N}_$])([\p{L}_][\p{L}\p{N}_$-]*))\s?[.[]/gu;

/** The datasets whose names an expression uses, or the only one, as sources of a metric. */
export function sourcesIn(expression: unknown, datasets: readonly JsonObject[]): JsonObject[] {
  const expressions = dialectsIn(expression);
  if (expressions.length === 0) return [];
  const names = new Set(
    expressions.flatMap((one) =>
      [...one.expression.matchAll(QUALIFIER)].map(([, quoted, bracketed, plain]) =>
        (quoted ?? bracketed ?? plain ?? '').toLowerCase(),
      ),
    ),
  );
  const isUsed = ({ name }: JsonObject) => typeof name === 'string' && names.has(name.toLowerCase());
  const used = datasets.length === 1 ? datasets : datasets.filter(isUsed);
  const objects = new Set(used.flatMap((dataset) => objectOf(dataset) ?? []));
  return [...objects].slice(0, MAX_SOURCES).map((object) => ({ object }));
}

/** The table of a dataset; its name, where the source is a query. */
function objectOf({ name, source }: JsonObject): string | undefined {
  for (const text of [source, name])
    if (typeof text === 'string' && /^\S+$/.test(text) && text.length <= MAX_OBJECT) return text;
  return undefined;
}

/** The tables that a metric names, as the datasets of a model that has none. */
export const tablesOf = ({ data }: JsonObject): string[] => {
  const sources = isObject(data) ? data['sources'] : undefined;
  if (!Array.isArray(sources)) return [];
  return sources.flatMap((source: unknown) =>
    isObject(source) && typeof source['object'] === 'string' ? [source['object']] : [],
  );
};

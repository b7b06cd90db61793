import { isObject, type JsonObject } from '../files/catalogue-entry';
import { dialectsIn } from './ossie-expression';

/** Sources of one metric. */
const MAX_SOURCES = 50;
const MAX_OBJECT = 500;

/** A name, quoted in any way or not, before `.`, `[` or `::`: `orders.amount`, `Sales[Amount]`, `[orders::amount]`. */
const QUALIFIER = /(?:["'`]([^"'`]+)["'`]|\[([^\][]+)\]|(?<![\p{L}\p{N}_$])([\p{L}_][\p{L}\p{N}_$]*))\s?(?:[.[]|::)/gu;

/** Datasets by name in lower case. */
export type Datasets = ReadonlyMap<string, JsonObject>;

export function datasetsByName(datasets: unknown): Datasets {
  const byName = new Map<string, JsonObject>();
  for (const dataset of Array.isArray(datasets) ? (datasets as unknown[]) : [])
    if (isObject(dataset) && typeof dataset['name'] === 'string') byName.set(dataset['name'].toLowerCase(), dataset);
  return byName;
}

/** The datasets whose names an expression uses, or the only one, as sources of a metric. */
export function sourcesIn(expression: unknown, datasets: Datasets): JsonObject[] {
  const expressions = dialectsIn(expression);
  if (expressions.length === 0) return [];
  const names = new Set(
    expressions.flatMap((one) =>
      [...one.expression.matchAll(QUALIFIER)].map(([, quoted, bracketed, plain]) =>
        (quoted ?? bracketed ?? plain ?? '').toLowerCase(),
      ),
    ),
  );
  const used = datasets.size === 1 ? [...datasets.values()] : [...names].map((name) => datasets.get(name));
  const objects = new Set(used.flatMap((dataset) => (dataset && objectOf(dataset)) ?? []));
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

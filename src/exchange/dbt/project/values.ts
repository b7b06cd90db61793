import { isObject, type JsonObject } from '../../files/catalogue-entry';

/** The text of a scalar, trimmed; undefined for a blank one. dbt accepts numbers and booleans as expressions. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** Longer texts are no names. A name can occur in each metric of a model. */
const MAX_NAME = 500;

/** The text of a scalar that can be a name. */
export function nameOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || text.length > MAX_NAME ? undefined : text;
}

export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** The objects of a list, or of an object by name, as the two kinds of manifests have them. */
export function objectsOf(value: unknown): JsonObject[] {
  const items = isObject(value) ? Object.values(value) : value;
  return Array.isArray(items) ? items.filter(isObject) : [];
}

export const textsOf = (value: unknown): string[] =>
  [value].flat().flatMap((item) => {
    const text = textOf(item);
    return text === undefined ? [] : [text];
  });

/** Copies an object without members that say nothing: null, undefined, blank texts, empty lists and objects. */
export function compact(source: JsonObject): JsonObject {
  const kept: [string, unknown][] = [];
  for (const name of Object.keys(source)) {
    const value = compactValue(source[name]);
    if (!saysNothing(value)) kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

const compactValue = (value: unknown): unknown =>
  isObject(value) ? compact(value) : Array.isArray(value) ? value.map(compactItem) : value;

const compactItem = (item: unknown): unknown => (isObject(item) ? compact(item) : item);

/** The same for the members of an object whose values are compact. */
export const filled = (source: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => !saysNothing(value)));

function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The conditions of a filter: a text, a list, or `where_filters` of a manifest. Templates stay as they are. */
export function conditionsOf(filter: unknown): string[] {
  if (Array.isArray(filter)) return filter.flatMap(conditionsOf);
  if (!isObject(filter)) return textsOf(filter);
  return [...textsOf(filter['where_sql_template']), ...conditionsOf(filter['where_filters'] ?? [])];
}

export const joinConditions = (conditions: readonly string[]): string | undefined =>
  conditions.length < 2 ? conditions[0] : conditions.map((condition) => `(${condition})`).join(' AND ');

/** A window or offset: the text `7 days`, or `{count, granularity}` of a manifest. */
export function windowOf(value: unknown): string | undefined {
  if (!isObject(value)) return textOf(value);
  return textsOf([value['count'], value['granularity']]).join(' ') || undefined;
}

/** A metric or measure that another one is computed from. Only `name` is certain. */
export type Input = JsonObject & { name: string };

/** Reads an input: a name, or an object with a filter, an alias and offsets. */
export function inputOf(value: unknown): Input | undefined {
  const { name: given, ...others } = isObject(value) ? value : { name: value };
  const name = textOf(given);
  if (name === undefined) return undefined;
  const { filter, offset_window: offset, join_to_timespine: join, ...rest }: JsonObject = others;
  const members = {
    filter: joinConditions(conditionsOf(filter)),
    offset_window: windowOf(offset),
    // False is the default, which manifests spell out.
    join_to_timespine: join === true ? true : undefined,
  };
  return { ...compact({ ...rest, ...members }), name };
}

export const inputsOf = (value: unknown): Input[] =>
  (Array.isArray(value) ? value : []).flatMap((item) => inputOf(item) ?? []);

/** An input without anything but its name is written as a text. */
export const shortInput = (input: Input): JsonObject | string => (Object.keys(input).length === 1 ? input.name : input);

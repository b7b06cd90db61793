import { isObject, type JsonObject } from '../files/catalogue-entry';
import type { OldDocument } from './old-document';
import { text } from './values';

const expression = text(10_000);

/** What the samples of the first MDL write where a formula has no denominator. */
const NOTHING = /^(not[_ ]applicable|n\/?a|none)$/i;

/** formula, numerator and denominator of the old `definition`. */
export function takeFormula(old: OldDocument): JsonObject {
  const formula = old.take('definition.formula', expression);
  return {
    expression: formula,
    language: formula === undefined ? undefined : languageOf(formula),
    numerator: takePart(old, 'definition.numerator'),
    denominator: takePart(old, 'definition.denominator'),
  };
}

/** `text` unless the formula can be nothing else than one of the languages: COUNT(a) / COUNT(b) is no SQL statement. */
export function languageOf(formula: string): 'sql' | 'dax' | 'metricflow' | 'text' {
  if (/^\s*(SELECT\s|WITH\s[\s\S]*\bSELECT\s)/i.test(formula)) return 'sql';
  if (/\{\{\s*(Metric|Dimension|TimeDimension|Entity)\s*\(/.test(formula)) return 'metricflow';
  if (/\b(CALCULATE|SUMX|AVERAGEX|COUNTROWS|DISTINCTCOUNT)\s*\(/.test(formula)) return 'dax';
  return 'text';
}

/**
 * A numerator or denominator as one line of text. An event without filters is its name and nothing is lost;
 * with filters the old object stays in `extra`, as the text can't be read back.
 */
function takePart(old: OldDocument, path: string): string | undefined {
  const plain = old.take(path, (value) => {
    if (isObject(value)) return Object.keys(value).length === 1 ? nameOf(value['event_name']) : undefined;
    return nameOf(value);
  });
  if (plain !== undefined) return plain;
  const part = old.peek(path);
  if (!isObject(part) || Object.keys(part).some((field) => field !== 'event_name' && field !== 'filters'))
    return undefined;
  const name = nameOf(part['event_name']);
  const conditions = Array.isArray(part['filters']) ? part['filters'].map(condition) : [undefined];
  if (name === undefined || conditions.includes(undefined)) return undefined;
  return expression(`${name} where ${conditions.join(' and ')}`);
}

function nameOf(value: unknown): string | undefined {
  const name = expression(value);
  return name === undefined || NOTHING.test(name) ? undefined : name;
}

const OPERATORS: Readonly<Record<string, string>> = { eq: '=', ne: '≠', gt: '>', gte: '≥', lt: '<', lte: '≤' };

/** `{field, operator, value}` as text; undefined for any other shape. */
function condition(filter: unknown): string | undefined {
  if (!isObject(filter)) return undefined;
  const { field, operator, value, ...others } = filter;
  if (typeof field !== 'string' || typeof operator !== 'string' || Object.keys(others).length > 0) return undefined;
  if (value === undefined || isObject(value)) return undefined;
  const right = Array.isArray(value) ? `(${value.map(literal).join(', ')})` : literal(value);
  return `${field} ${OPERATORS[operator] ?? operator} ${right}`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

import { MetricFormula } from '../../metrics/dto/metric-sections';
import type { LANGUAGES } from '../../metrics/metric.values';
import { isObject, type JsonObject } from '../files/catalogue-entry';
import type { OldDocument } from './old-document';
import { valueFor } from './values';

/** The samples of the first MDL have these words where a formula has no denominator. */
const PLACEHOLDER = /^(not[_ ]applicable|n\/?a|none)$/i;

/** Converts `formula`, `numerator` and `denominator` of the old `definition`. */
export function takeFormula(old: OldDocument): JsonObject {
  const expression = old.take('definition.formula', valueFor(MetricFormula, 'expression'));
  return {
    expression,
    language: expression === undefined ? undefined : languageOf(expression),
    numerator: takePart(old, 'numerator'),
    denominator: takePart(old, 'denominator'),
  };
}

/**
 * Detects the language of a formula. It is `text` unless it can be no other: COUNT(a) / COUNT(b) is not a SQL
 * statement.
 */
export function languageOf(formula: string): (typeof LANGUAGES)[number] {
  if (/^\s*(SELECT\s|WITH\s[\s\S]*\bSELECT\s)/i.test(formula)) return 'sql';
  if (/\{\{\s*(Metric|Dimension|TimeDimension|Entity)\s*\(/.test(formula)) return 'metricflow';
  if (/\b(CALCULATE|SUMX|AVERAGEX|COUNTROWS|DISTINCTCOUNT)\s*\(/.test(formula)) return 'dax';
  return 'text';
}

/**
 * Converts a numerator or denominator to one line of text. An event without filters becomes its name. An event with
 * filters also stays in `extra`, because the text cannot be converted back.
 */
function takePart(old: OldDocument, member: 'numerator' | 'denominator'): string | undefined {
  const path = `definition.${member}`;
  const accepted = valueFor(MetricFormula, member);
  const part = old.peek(path);
  const { event_name, filters, ...others } = isObject(part) ? part : { event_name: part, filters: undefined };
  const name = accepted(event_name);
  if (name === undefined || PLACEHOLDER.test(name) || Object.keys(others).length > 0) return undefined;
  if (filters === undefined) return old.take(path, () => name);
  const conditions = Array.isArray(filters) ? filters.map(formatCondition) : [undefined];
  return conditions.includes(undefined) ? undefined : accepted(`${name} where ${conditions.join(' and ')}`);
}

const OPERATORS: Readonly<Record<string, string>> = { eq: '=', ne: '≠', gt: '>', gte: '≥', lt: '<', lte: '≤' };

/** Formats `{field, operator, value}`; undefined for any other shape. */
function formatCondition(filter: unknown): string | undefined {
  if (!isObject(filter)) return undefined;
  const { field, operator, value, ...others } = filter;
  if (typeof field !== 'string' || typeof operator !== 'string' || Object.keys(others).length > 0) return undefined;
  if (value === undefined || isObject(value)) return undefined;
  const right = Array.isArray(value) ? `(${value.map(formatLiteral).join(', ')})` : formatLiteral(value);
  return `${field} ${OPERATORS[operator] ?? operator} ${right}`;
}

function formatLiteral(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

import type { JsonObject } from '../../files/catalogue-entry';
import { inputOf, inputsOf, textOf } from '../project/values';

/** The aggregations of dbt. */
const AGGREGATIONS = [
  'average',
  'count',
  'count_distinct',
  'max',
  'median',
  'min',
  'percentile',
  'sum',
  'sum_boolean',
] as const;

/** Formats an aggregation: `sum(amount)`, `percentile(amount, 0.95)`. */
export function formatAggregation(agg: string, expr: string, percentile?: unknown): string {
  const fraction = agg === 'percentile' && typeof percentile === 'number' ? `, ${percentile}` : '';
  return `${agg}(${expr}${fraction})`;
}

/** The members of a simple metric that an expression has: the opposite of `formatAggregation`. */
export function parseAggregation(expression: string): { agg: string; expr: string; percentile?: number } | undefined {
  const open = expression.indexOf('(');
  const agg = AGGREGATIONS.find((name) => name === expression.slice(0, Math.max(open, 0)));
  if (agg === undefined || closingBracket(expression, open) !== expression.length - 1) return undefined;
  const expr = expression.slice(open + 1, -1);
  if (agg !== 'percentile') return expr.trim() === '' ? undefined : { agg, expr };
  const comma = expr.lastIndexOf(', ');
  const percentile = Number(expr.slice(comma + 2));
  return comma > 0 && Number.isFinite(percentile) ? { agg, expr: expr.slice(0, comma), percentile } : undefined;
}

/** The position of the bracket that closes the one at `open`, brackets in SQL texts left out; -1 without one. */
function closingBracket(text: string, open: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = open; at < text.length; at++) {
    const character = text[at];
    if (character === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
  }
  return -1;
}

/** The members of a metric that its formula shows, so that they need no other place. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  simple: ['agg', 'expr'],
  cumulative: ['agg', 'expr'],
  derived: ['expr'],
};

/**
 * Converts the parameters of a metric to a formula.
 * @returns the members of the formula, and the names of the parameters that it shows completely
 */
export function formulaOf(kind: string | undefined, name: string, metric: JsonObject) {
  const { agg, expr, percentile, filter } = metric;
  const text = textOf(expr);
  const aggregation = typeof agg === 'string' ? formatAggregation(agg, text ?? name, percentile) : undefined;
  const [numerator, denominator] = [inputText(metric['numerator']), inputText(metric['denominator'])];
  const [above, below] = [nameOf(metric['numerator']), nameOf(metric['denominator'])];
  const ratio = above !== undefined && below !== undefined ? `${above} / ${below}` : undefined;
  const cumulated = nameOf(metric['input_metric']);
  const expression: Record<string, string | undefined> = {
    simple: aggregation ?? text ?? nameOf(metric['measure']),
    cumulative: cumulated ?? aggregation ?? nameOf(metric['measure']),
    derived: text,
    ratio,
    conversion: conversionOf(metric),
  };
  const shown = kind === undefined ? ['expr'] : cumulated !== undefined ? [] : (SHOWN[kind] ?? []);
  return {
    formula: {
      expression: kind === undefined ? (aggregation ?? text ?? ratio) : expression[kind],
      language: 'metricflow',
      numerator,
      denominator,
      filter,
    },
    shown: agg === 'percentile' && shown.includes('agg') ? [...shown, 'percentile'] : shown,
  };
}

function conversionOf({ calculation, base_metric, base_measure, conversion_metric, conversion_measure }: JsonObject) {
  const inputs = [base_metric ?? base_measure, conversion_metric ?? conversion_measure].flatMap(
    (input) => nameOf(input) ?? [],
  );
  return inputs.length === 2 ? `${textOf(calculation) ?? 'conversion_rate'}(${inputs.join(', ')})` : undefined;
}

const nameOf = (input: unknown) => inputOf(input)?.name;

/** `orders`, or `orders where …` for an input with a filter. */
function inputText(value: unknown): string | undefined {
  const input = inputOf(value);
  const filter = textOf(input?.['filter']);
  return input && filter !== undefined ? `${input.name} where ${filter}` : input?.name;
}

/** The members that name other metrics. */
export const METRIC_INPUTS = ['input_metric', 'numerator', 'denominator', 'base_metric', 'conversion_metric'] as const;

/** The names of the metrics that a metric is computed from, each once. */
export function inputNames(metric: JsonObject): string[] {
  const inputs = [...METRIC_INPUTS.map((member) => inputOf(metric[member])), ...inputsOf(metric['input_metrics'])];
  return [...new Set(inputs.flatMap((input) => input?.name ?? []))];
}

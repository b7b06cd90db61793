import { isObject, type JsonObject } from '../../files/catalogue-entry';
import { fromAggregation, type MeasureLookup, measureOf, nonAdditive, placedIn } from './measure';
import type { SemanticModel } from '../project/semantic-model';
import {
  compact,
  conditionsOf,
  inputOf,
  inputsOf,
  joinConditions,
  objectOf,
  textOf,
  textsOf,
  windowOf,
} from '../project/values';

/** A metric with the members of the current specification (dbt 1.12), from whatever specification it is written in. */
export interface MetricDefinition {
  members: JsonObject;
  semanticModel: SemanticModel | undefined;
}

/** Words of earlier versions for the type of a metric. */
const TYPES: Readonly<Record<string, string>> = { measure_proxy: 'simple', expr: 'derived', expression: 'derived' };

/** Converts a metric of any specification and of both manifests. */
export function defineMetric(
  source: JsonObject,
  own: SemanticModel | undefined,
  lookup: MeasureLookup,
): MetricDefinition {
  const written = isObject(source['type_params'])
    ? fromTypeParams(source)
    : 'calculation_method' in source || 'expression' in source
      ? fromMetricsPackage(source)
      : fromCurrent(source, lookup);
  const { metric_aggregation_params: aggregation, measure, base_measure, conversion_measure, ...members } = written;
  const aggregated = isObject(aggregation) ? fromAggregation(aggregation) : {};
  const named = textOf(objectOf(aggregation)['semantic_model']);
  const measured = measureOf(measure, lookup);
  const inputs = [base_measure, conversion_measure].map((input) => measureOf(input, lookup));
  const found = measured.semanticModel ?? inputs.flatMap(({ semanticModel }) => semanticModel ?? [])[0];
  const semanticModel = own ?? (named === undefined ? undefined : lookup.semanticModel(named)) ?? found;
  const conditions = [...conditionsOf(measured.members['filter']), ...conditionsOf(members['filter'])];
  return {
    semanticModel,
    members: compact({
      ...members,
      ...measured.members,
      ...aggregated,
      base_measure: placedIn(semanticModel, inputs[0]),
      conversion_measure: placedIn(semanticModel, inputs[1]),
      // The expression of a metric that was created from a measure is that of the measure.
      expr: measured.members['expr'] ?? members['expr'],
      join_to_timespine:
        (measured.members['join_to_timespine'] ?? members['join_to_timespine']) === true ? true : undefined,
      fill_nulls_with: measured.members['fill_nulls_with'] ?? members['fill_nulls_with'],
      hidden: members['hidden'] === true ? true : undefined,
      type: typeOf(members),
      filter: joinConditions(conditions),
    }),
  };
}

function typeOf({ type, agg }: JsonObject): string | undefined {
  const word = textOf(type)?.toLowerCase() ?? (agg === undefined ? undefined : 'simple');
  return word !== undefined && Object.hasOwn(TYPES, word) ? TYPES[word] : word;
}

/** dbt 1.12: parameters are members of the metric. An early version named the inputs `metrics` and `metric_aliases`. */
function fromCurrent(metric: JsonObject, lookup: MeasureLookup): JsonObject {
  const { metrics, metric_aliases, input_metrics, non_additive_dimension, ...members } = metric;
  return {
    ...members,
    agg: textOf(members['agg'])?.toLowerCase(),
    expr: textOf(members['expr']),
    window: windowOf(members['window']),
    non_additive_dimension: nonAdditive(non_additive_dimension),
    ...inputMembers({ ...members, input_metrics: input_metrics ?? [metrics ?? [], metric_aliases ?? []].flat() }),
    ...measureInputs(members, lookup),
  };
}

/** The measures that an export of this service has written as metrics. */
function measureInputs(metric: JsonObject, lookup: MeasureLookup): JsonObject {
  const roles = { input_metric: 'measure', base_metric: 'base_measure', conversion_metric: 'conversion_measure' };
  const found = Object.entries(roles).filter(([role]) => lookup.isMeasureMetric(inputOf(metric[role])?.name ?? ''));
  return Object.fromEntries(
    found.flatMap(([role, measure]) => [
      [measure, metric[role]],
      [role, undefined],
    ]),
  );
}

/** The legacy specification and the manifests: parameters are in `type_params`. */
function fromTypeParams({ type_params, metrics: _references, ...metric }: JsonObject): JsonObject {
  const {
    measures,
    metrics,
    cumulative_type_params,
    conversion_type_params,
    input_measures: _,
    is_private,
    window,
    grain_to_date,
    ...params
  } = objectOf(type_params);
  const cumulative = objectOf(cumulative_type_params);
  const conversion = objectOf(conversion_type_params);
  const { metric: cumulated, ...otherCumulative } = cumulative;
  return {
    ...metric,
    ...params,
    ...conversion,
    ...otherCumulative,
    expr: textOf(params['expr']),
    measure: params['measure'] ?? (Array.isArray(measures) ? (measures[0] as unknown) : undefined),
    hidden: is_private === true ? true : metric['hidden'],
    window: windowOf(cumulative['window'] ?? conversion['window'] ?? window),
    grain_to_date: cumulative['grain_to_date'] ?? grain_to_date,
    ...inputMembers({ ...params, ...conversion, input_metrics: metrics, input_metric: cumulated }),
  };
}

function inputMembers(metric: JsonObject): JsonObject {
  const names = ['input_metric', 'numerator', 'denominator', 'base_metric', 'conversion_metric'];
  return {
    ...Object.fromEntries(names.map((name) => [name, inputOf(metric[name])])),
    input_metrics: inputsOf(metric['input_metrics']),
  };
}

/** Metrics of the package dbt_metrics and of dbt up to 1.5, as old manifests have them. */
function fromMetricsPackage({
  calculation_method: method,
  expression,
  filters,
  time_grains: grains,
  ...metric
}: JsonObject): JsonObject {
  const text = textOf(expression) ?? '';
  const period = objectOf(metric['window']);
  const type = textOf(method)?.toLowerCase();
  const isDerived = type === 'derived' || type === 'expression';
  const names = [...text.matchAll(/\bmetric\(\s*['"]([^'"]+)['"]\s*\)/g)].map(([, name]) => name);
  const conditions = (Array.isArray(filters) ? filters : []).map((filter) => {
    const { field, operator, value } = objectOf(filter);
    return textsOf([field, operator, value]).join(' ');
  });
  return {
    ...metric,
    type: isDerived ? 'derived' : 'simple',
    agg: isDerived ? undefined : type,
    expr: text,
    filter: conditions.length > 0 ? conditions : metric['filter'],
    time_granularity: grains,
    window: textsOf([period['count'], period['period']]).join(' '),
    input_metrics: isDerived ? inputsOf([...new Set(names)]) : [],
  };
}

import { isObject, type JsonObject } from '../../files/catalogue-entry';
import type { SemanticModel } from '../project/semantic-model';
import { compact, inputOf, objectOf, shortInput, textOf } from '../project/values';

/** A measure of the legacy specification, with the semantic model that it belongs to. */
export interface Measure {
  definition: JsonObject;
  semanticModel: SemanticModel;
}

/** What the legacy specification needs to know of the whole project. */
export interface MeasureLookup {
  /** Finds a measure by name. */
  measure(name: string): Measure | undefined;
  semanticModel(name: string): SemanticModel | undefined;
  /** Whether a metric stands for a measure, which dbt 1.12 no longer has: `config.meta.mdl.measure` names it. */
  isMeasureMetric(name: string): boolean;
}

/** Reads the parameters of an aggregation: those of a measure, or `metric_aggregation_params` of a manifest. */
export function fromAggregation({
  semantic_model: _,
  agg_params,
  non_additive_dimension,
  ...aggregation
}: JsonObject): JsonObject {
  const { percentile, use_discrete_percentile, use_approximate_percentile } = objectOf(agg_params);
  return compact({
    agg: textOf(aggregation['agg'])?.toLowerCase(),
    expr: textOf(aggregation['expr']),
    agg_time_dimension: aggregation['agg_time_dimension'],
    percentile,
    percentile_type: use_discrete_percentile === true ? 'discrete' : undefined,
    use_approximate_percentile: use_approximate_percentile === true ? true : undefined,
    non_additive_dimension: nonAdditive(non_additive_dimension),
  });
}

export function nonAdditive(value: unknown): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const { window_choice, window_groupings, ...rest } = value;
  return { ...rest, window_agg: rest['window_agg'] ?? window_choice, group_by: rest['group_by'] ?? window_groupings };
}

/** Members of a measure that the aggregation has. The others are kept with its name. */
const AGGREGATION = ['agg', 'expr', 'agg_params', 'agg_time_dimension', 'non_additive_dimension', 'create_metric'];

/** A measure as an input, with its own model if the metric has another one. */
export function placedIn(model: SemanticModel | undefined, measured: Measured | undefined): unknown {
  const own = measured?.semanticModel;
  if (!own || own === model) return measured?.input;
  return compact({ ...objectOf(measured.input), model: own.model, semantic_model: own.name });
}

interface Measured {
  /** What the measure gives to a metric that is computed from it alone. */
  members: JsonObject;
  semanticModel?: SemanticModel | undefined;
  /** The measure with its aggregation, as one of several inputs. */
  input?: JsonObject | string;
}

/** Resolves the measure of a metric: its aggregation, and in `measure` its name with what has no other place. */
export function measureOf(value: unknown, lookup: MeasureLookup): Measured {
  const input = inputOf(value);
  if (!input) return { members: {} };
  const { filter, join_to_timespine, fill_nulls_with, ...names } = input;
  const measure = lookup.measure(input.name);
  if (!measure) return { members: { measure: shortInput(names), filter, join_to_timespine, fill_nulls_with }, input };
  const { metadata: _, ...definition } = measure.definition;
  const others = Object.fromEntries(Object.entries(definition).filter(([name]) => !AGGREGATION.includes(name)));
  const aggregation = fromAggregation(definition);
  // The column of a measure has its name unless there is an expression.
  const expr = aggregation['expr'] ?? definition['name'];
  const name = textOf(definition['name']) ?? input.name;
  const named = shortInput({ ...compact({ ...others, ...names }), name });
  return {
    members: { ...aggregation, expr, measure: named, filter, join_to_timespine, fill_nulls_with },
    semanticModel: measure.semanticModel,
    input: compact({ ...others, ...aggregation, expr, ...input, name }),
  };
}

import type { JsonObject } from '../files/catalogue-entry';
import { parseAggregation } from './metric/formula';
import { bareHeader } from './model-header';
import { compact, inputOf, objectOf, shortInput, textOf } from './project/values';

/** A metric document as an entry of `metrics` in dbt 1.12. */
export interface NativeMetric {
  metric: JsonObject;
  /** The measures that the metric names as inputs, as simple metrics: the current specification has no measures. */
  measures: NativeMeasure[];
  /** The model whose `metrics` it must be in; undefined for the top level. */
  model: string | undefined;
  /** Whether dbt can compute it. Another metric is disabled, so that the project stays valid. */
  computable: boolean;
}

/** A measure as a simple metric. */
export interface NativeMeasure {
  metric: JsonObject;
  /** The entry of `models` that it is in, if that is not the one of the metric. */
  header: JsonObject | undefined;
}

/** Parameters that the current specification has, as they are in `extra.dbt`. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  simple: ['percentile_type', 'agg_time_dimension', 'non_additive_dimension', 'join_to_timespine', 'fill_nulls_with'],
  cumulative: ['window', 'grain_to_date', 'period_agg', 'join_to_timespine', 'fill_nulls_with'],
  conversion: ['entity', 'calculation', 'window', 'constant_properties'],
};
const AGGREGATION = ['agg', 'expr', 'percentile', ...(PARAMETERS['simple'] ?? []), 'label', 'description'];

/** Converts a document. Members that dbt has no place for are left to the overlay. */
export function nativeMetric(document: JsonObject): NativeMetric {
  const dbt = objectOf(objectOf(document['extra'])['dbt']);
  const kind = textOf(document['kind']) ?? '';
  const { params, measures } = new Parameters(document, dbt).of(kind);
  const model = textOf(dbt['model']);
  const needsModel = kind === 'simple' || measures.length > 0;
  const computable = params !== undefined && (!needsModel || model !== undefined);
  const { grain } = document;
  const metric = compact({
    name: dbtName(String(document['metric_id'])),
    label: document['name'],
    description: document['description'],
    // dbt requires parameters of all types but this one.
    type: computable ? kind : 'derived',
    ...(computable ? params : { expr: 'NULL' }),
    hidden: dbt['hidden'] === true ? true : undefined,
    filter: computable ? objectOf(document['formula'])['filter'] : undefined,
    time_granularity: Array.isArray(grain) && grain.length === 1 ? (grain[0] as unknown) : undefined,
    config: {
      ...objectOf(dbt['config']),
      enabled: computable ? undefined : false,
      group: dbt['group'],
      tags: tagsOf(document, dbt),
      meta: metaOf(document, dbt),
    },
  });
  return { metric, measures: computable ? measures : [], model: computable ? model : undefined, computable };
}

/** Finds the parameters of a metric by its kind. */
class Parameters {
  readonly measures: NativeMeasure[] = [];
  private readonly formula: JsonObject;
  private readonly inputs: string[];

  constructor(
    document: JsonObject,
    private readonly dbt: JsonObject,
  ) {
    const { formula, depends_on: keys } = document;
    this.formula = objectOf(formula);
    this.inputs = (Array.isArray(keys) ? keys : []).map((key) => dbtName(String(key)));
  }

  /** The parameters and the measures that they name; without parameters, dbt cannot compute the metric. */
  of(kind: string): { params: JsonObject | undefined; measures: NativeMeasure[] } {
    const own = Object.fromEntries((PARAMETERS[kind] ?? []).map((name) => [name, this.dbt[name]]));
    const params = this.formula['language'] === 'metricflow' ? this.inputsOf(kind) : undefined;
    return { params: params && { ...own, ...params }, measures: this.measures };
  }

  private inputsOf(kind: string): JsonObject | undefined {
    const expression = textOf(this.formula['expression']);
    if (expression === undefined) return undefined;
    const aggregation = parseAggregation(expression);
    const { inputs, dbt, formula } = this;
    switch (kind) {
      case 'simple':
        return aggregation;
      case 'cumulative':
        if (inputs.length === 1) return { input_metric: dbt['input_metric'] ?? inputs[0] };
        return aggregation && complete({ input_metric: this.measure(dbt['measure'], { ...dbt, ...aggregation }) });
      case 'derived':
        return inputs.length > 0 ? { expr: expression, input_metrics: dbt['input_metrics'] ?? inputs } : undefined;
      case 'ratio':
        return complete({
          numerator: dbt['numerator'] ?? inputs.find((input) => input === formula['numerator']),
          denominator: dbt['denominator'] ?? inputs.find((input) => input === formula['denominator']),
        });
      case 'conversion':
        return complete({
          base_metric: dbt['base_metric'] ?? this.measure(dbt['base_measure'], {}),
          conversion_metric: dbt['conversion_metric'] ?? this.measure(dbt['conversion_measure'], {}),
        });
      default:
        return undefined;
    }
  }

  /** Makes a simple metric of a measure. Returns the input that names it. */
  private measure(value: unknown, aggregation: JsonObject): JsonObject | string | undefined {
    const input = inputOf(value);
    const { name, filter, alias, model, semantic_model: semantic, ...own }: JsonObject = input ?? {};
    const members = { ...aggregation, ...own };
    const metric = Object.fromEntries(AGGREGATION.map((member) => [member, members[member]]));
    if (!input || metric['agg'] === undefined) return undefined;
    const metricName = `measure_${dbtName(input.name)}`;
    const config = { meta: { mdl: { measure: name } } };
    // What a metric says of its only measure is a parameter of the metric itself.
    const said = aggregation['agg'] === undefined ? {} : { join_to_timespine: undefined, fill_nulls_with: undefined };
    this.measures.push({
      metric: compact({ name: metricName, type: 'simple', ...metric, ...said, hidden: true, config }),
      header: typeof model === 'string' ? bareHeader(model, semantic) : undefined,
    });
    return shortInput({ ...compact({ filter, alias }), name: metricName });
  }
}

/** Parameters of which none is missing. */
const complete = (params: JsonObject): JsonObject | undefined =>
  Object.values(params).includes(undefined) ? undefined : params;

/** The name of a metric in dbt: letters, digits and underscores, a letter first. */
export function dbtName(key: string): string {
  const name = key.replace(/\W/g, '_');
  return /^[A-Za-z]/.test(name) ? name : `m_${name}`;
}

/** The tags as they were given where the slugs of the document are made from them. */
function tagsOf(document: JsonObject, dbt: JsonObject): unknown {
  const tags = Array.isArray(document['tags']) ? (document['tags'] as unknown[]) : [];
  return dbt['tags'] ?? (dbt['hidden'] === true ? tags.filter((tag) => tag !== 'hidden') : tags);
}

function metaOf(document: JsonObject, dbt: JsonObject): JsonObject {
  const { owner, business_domain: domain, unit, tier, synonyms } = document;
  return { owner, domain, unit, tier, synonyms, ...objectOf(dbt['meta']) };
}

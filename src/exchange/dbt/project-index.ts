import { isKey } from '../../validation/properties';
import { isObject, type JsonObject } from '../files/catalogue-entry';
import type { Measure, MeasureLookup } from './metric/measure';
import type { MetricSource, Project } from './project/project';
import type { SemanticModel } from './project/semantic-model';
import { nameOf, objectOf, textOf } from './project/values';

/** Larger measures are not imported, in characters of JSON: a measure can be in many metrics. */
const MAX_MEASURE = 32_768;

/** `config.meta.mdl`: the members that dbt cannot represent. An export of this service has it. */
export function overlayOf(definition: JsonObject): JsonObject | undefined {
  const overlay = objectOf(objectOf(definition['config'])['meta'])['mdl'];
  return isObject(overlay) ? overlay : undefined;
}

/** The measure that a simple metric stands for. */
function measureFrom(metric: JsonObject, name: string): JsonObject {
  const { type: _, config: __, hidden: ___, percentile, percentile_type, ...measure } = metric;
  const discrete = percentile_type === 'discrete' ? true : undefined;
  return { ...measure, name, agg_params: { percentile, use_discrete_percentile: discrete } };
}

/** The measures, semantic models and metrics of a project by name. Names of dbt are unique in a project. */
export class ProjectIndex implements MeasureLookup {
  private readonly measures = new Map<string, Measure>();
  private readonly models = new Map<string, SemanticModel>();
  private readonly keys = new Map<string, string>();
  private readonly measureMetrics = new Set<string>();
  private readonly used = new Set<unknown>();

  constructor(private readonly project: Project) {
    for (const model of project.semanticModels) {
      if (!this.models.has(model.name)) this.models.set(model.name, model);
      if (!model.enabled) continue;
      for (const definition of model.measures) {
        const name = nameOf(definition['name']);
        if (JSON.stringify(definition).length > MAX_MEASURE) continue;
        if (name !== undefined && !this.measures.has(name))
          this.measures.set(name, { definition, semanticModel: model });
      }
    }
    for (const { definition, semanticModel } of project.metrics) {
      const name = textOf(definition['name']);
      if (name === undefined) continue;
      const { metric_id: key, measure } = objectOf(overlayOf(definition));
      this.keys.set(name, typeof key === 'string' ? key : name);
      if (typeof measure !== 'string' || !semanticModel) continue;
      this.measures.set(name, { definition: measureFrom(definition, measure), semanticModel });
      this.measureMetrics.add(name);
    }
  }

  isMeasureMetric(name: string): boolean {
    return this.measureMetrics.has(name);
  }

  measure(name: string): Measure | undefined {
    const found = this.measures.get(name);
    if (found) this.used.add(found.definition);
    return found;
  }

  semanticModel(name: string): SemanticModel | undefined {
    return this.models.get(name);
  }

  readonly keyOf = (name: string): string | undefined => {
    const key = this.keys.get(name) ?? name;
    return isKey(key) ? key : undefined;
  };

  use(model: SemanticModel, { agg, base_measure }: JsonObject): void {
    if (agg !== undefined || base_measure !== undefined) this.used.add(model);
  }

  isUsed(part: SemanticModel | JsonObject): boolean {
    return this.used.has(part);
  }

  /** The metrics that dbt creates from measures with `create_metric: true`, unless a metric has the name. */
  *createdMetrics(): Generator<MetricSource> {
    for (const model of this.project.semanticModels) {
      const { path, line, pointer } = model;
      for (const measure of model.measures) {
        const { name, label, description, create_metric: isMetric } = measure;
        if (isMetric !== true || this.keys.has(textOf(name) ?? '')) continue;
        const definition = { name, label, description, type: 'simple', type_params: { measure: name } };
        const config = model.enabled ? {} : { enabled: false };
        yield { path, line, pointer, semanticModel: undefined, definition: { ...definition, config } };
      }
    }
  }
}

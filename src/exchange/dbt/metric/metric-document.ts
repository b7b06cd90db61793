import { missingForActive } from '../../../metrics/metric.rules';
import type { MetricDocument } from '../../../metrics/metric.entity';
import { GRAINS, KINDS } from '../../../metrics/metric.values';
import type { JsonObject } from '../../files/catalogue-entry';
import { oneOf, slug } from '../../first-mdl/values';
import { formulaOf, inputNames, METRIC_INPUTS } from './formula';
import { keptModel } from './kept-model';
import { mapMeta } from './meta';
import type { MetricDefinition } from './metric-definition';
import type { SemanticModel } from '../project/semantic-model';
import { filled, inputOf, inputsOf, objectOf, shortInput, textOf, textsOf } from '../project/values';

/** What a metric needs to know of the rest of its project. */
export interface MetricContext {
  /** The key of a metric by its name in dbt; undefined for a name that cannot be a key. */
  keyOf: (name: string) => string | undefined;
  /** The owners of groups. */
  groups: ReadonlyMap<string, JsonObject>;
  /** Links of the exposures that use the metric. */
  links: readonly JsonObject[];
  /** `2026-11-27`. A model whose `deprecation_date` is past is deprecated. */
  today: string;
}

/** Something that has no place in the document, by name. */
export interface Loss {
  name: string;
  detail: string;
}

export interface ConvertedMetric {
  document: JsonObject;
  losses: Loss[];
  notes: string[];
}

const grainOf = oneOf(GRAINS);
const kindOf = oneOf(KINDS);

/** Members that dbt computes for its manifests. */
export const COMPUTED = [
  'created_at',
  'fqn',
  'metadata',
  'path',
  'refs',
  'resource_type',
  'sources',
  'unrendered_config',
];

/** Converts a metric of dbt to a document. What has no member goes to `extra.dbt` under its name of dbt 1.12. */
export function convertMetric({ members, semanticModel }: MetricDefinition, context: MetricContext): ConvertedMetric {
  const {
    name: given,
    label,
    description,
    type,
    filter,
    time_granularity,
    config,
    group,
    meta,
    tags,
    ...rest
  } = members;
  const { depends_on, deprecation_date, metadata, ...params } = rest;
  const name = textOf(given) ?? '';
  const losses: Loss[] = [];
  const { enabled: _, group: configGroup, meta: configMeta, tags: configTags, ...otherConfig } = objectOf(config);
  const { mdl: _overlay, ...ownMeta } = { ...objectOf(meta), ...objectOf(configMeta) };
  const mapped = mapMeta(ownMeta);
  const kind = kindOf(type);
  const { formula, shown } = formulaOf(kind, name, { ...params, filter });
  const grains = textsOf(time_granularity);
  const grain = grains.flatMap((word) => grainOf(word) ?? []);
  const allTags = tagsOf([...textsOf(tags), ...textsOf(configTags)], params['hidden'] === true);
  // The dimensions of a model belong to what is aggregated from it.
  const aggregated = params['agg'] !== undefined || params['base_measure'] !== undefined ? semanticModel : undefined;
  const groupName = textOf(configGroup) ?? textOf(group) ?? semanticModel?.group;
  const groupOwner = objectOf(groupName === undefined ? undefined : context.groups.get(groupName));
  const deprecation = textOf(deprecation_date) ?? semanticModel?.deprecationDate;
  const document = filled({
    metric_id: name,
    name: textOf(label) ?? name,
    short_name: name.length <= 100 ? name : undefined,
    description: textOf(description),
    kind,
    unit: mapped.unit,
    tier: mapped.tier,
    synonyms: mapped.synonyms,
    business_domain: mapped.business_domain,
    owner: mapped.owner ?? textOf(groupOwner['name']) ?? (semanticModel && keptModel(semanticModel).owner),
    contacts: filled({ email: mapped.email ?? textOf(groupOwner['email']) }),
    tags: allTags.tags,
    formula: formula.expression === undefined && formula.filter === undefined ? undefined : filled(formula),
    grain: [...new Set(grain)],
    dimensions: aggregated && keptModel(aggregated).dimensions,
    data: filled({ sources: aggregated?.source && [aggregated.source] }),
    depends_on: dependenciesOf(name, [...inputNames(params), ...nodesOf(depends_on)], context, losses),
    links: context.links,
    extra: filled({
      dbt: filled({
        ...parametersOf(params, shown),
        type: kind === undefined ? type : undefined,
        time_granularity: grains.length === grain.length ? undefined : time_granularity,
        agg_time_dimension: params['agg_time_dimension'] ?? aggregated?.aggTimeDimension,
        group: groupName,
        tags: allTags.given,
        model: semanticModel?.model ?? params['model'],
        semantic_model: semanticModel
          ? semanticModelOf(semanticModel, aggregated !== undefined)
          : params['semantic_model'],
        deprecation_date: deprecation,
        original_file_path: params['original_file_path'] ?? objectOf(metadata)['repo_file_path'],
        config: otherConfig,
        meta: mapped.rest,
      }),
    }),
  });
  if (deprecation !== undefined && deprecation.slice(0, 10) <= context.today) deprecate(document);
  return { document, losses, notes: notesOf(document, kind, type) };
}

/** A source sets the status only where the metric has what the status requires. */
function deprecate(document: JsonObject): void {
  const missing = missingForActive(document as unknown as MetricDocument);
  if (missing.length === 0) document['status'] = 'deprecated';
}

function notesOf({ description }: JsonObject, kind: string | undefined, type: unknown): string[] {
  const notes: string[] = [];
  if (typeof description === 'string' && /\{\{\s*doc\s*\(/.test(description))
    notes.push('The description refers to a documentation block, whose text is not in the files.');
  if (kind === undefined && type !== undefined) notes.push('The type is none of dbt; it is kept in extra.dbt.type.');
  return notes;
}

/** Tags as slugs, `hidden` as one of them; and the tags as given where a slug is different. */
function tagsOf(texts: readonly string[], hidden: boolean) {
  const slugs = texts.map((text) => slug(text));
  const tags = [...new Set([...slugs.flatMap((tag) => tag ?? []), ...(hidden ? ['hidden'] : [])])];
  return { tags, given: texts.some((text, index) => text !== slugs[index]) ? texts : undefined };
}

/** The metrics in `depends_on.nodes` of a manifest: `metric.package.name`. */
const nodesOf = (dependencies: unknown): string[] =>
  textsOf(objectOf(dependencies)['nodes']).flatMap((id) => /^metric\.[^.]+\.(.+)$/.exec(id)?.[1] ?? []);

function dependenciesOf(name: string, inputs: readonly string[], context: MetricContext, losses: Loss[]): string[] {
  const keys = new Map<string, string>();
  for (const input of inputs) {
    const key = input === name ? undefined : context.keyOf(input);
    if (key !== undefined) keys.set(key.toLowerCase(), key);
    else losses.push({ name: 'depends_on', detail: dependencyLoss(name, input) });
  }
  return [...keys.values()];
}

const dependencyLoss = (name: string, input: string) =>
  input === name
    ? `${name} is computed from itself.`
    : `${name} is computed from ${input.slice(0, 200)}, which cannot be the key of a metric.`;

/** The parameters that the formula and `depends_on` do not show completely. */
function parametersOf(params: JsonObject, shown: readonly string[]): JsonObject {
  const names = Object.keys(params).filter((name) => !shown.includes(name) && !COMPUTED.includes(name));
  const kept = Object.fromEntries(names.map((name) => [name, params[name]]));
  for (const member of METRIC_INPUTS) {
    const input = inputOf(kept[member]);
    if (!input) continue;
    const short = shortInput(input);
    const isRole = member === 'base_metric' || member === 'conversion_metric';
    kept[member] = typeof short === 'string' && !isRole ? undefined : short;
  }
  const inputs = inputsOf(params['input_metrics']);
  const isList =
    inputs.every((input) => Object.keys(input).length === 1) && inputNames(params).length === inputs.length;
  return { ...kept, input_metrics: isList ? undefined : inputs.map(shortInput) };
}

const semanticModelOf = (model: SemanticModel, withDetails: boolean): JsonObject => ({
  name: model.name,
  ...(withDetails && keptModel(model).details),
});

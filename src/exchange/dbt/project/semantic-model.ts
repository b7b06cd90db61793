import { isObject, type JsonObject } from '../../files/catalogue-entry';
import type { Located } from './located';
import { compact, nameOf, objectOf, objectsOf, textOf } from './values';

/** A semantic model: what the metrics of one dbt model are aggregated from and grouped by. */
export interface SemanticModel extends Located {
  name: string;
  /** The dbt model that it describes. */
  model: string | undefined;
  source: JsonObject | undefined;
  group: string | undefined;
  aggTimeDimension: string | undefined;
  /** `meta` of the semantic model and of its dbt model. */
  meta: JsonObject;
  deprecationDate: string | undefined;
  measures: readonly JsonObject[];
  dimensions: readonly JsonObject[];
  /** Its other members, in the names of the current specification. */
  details: JsonObject;
  enabled: boolean;
}

/** Members that dbt computes for its manifest. */
const COMPUTED = ['created_at', 'depends_on', 'fqn', 'metadata', 'path', 'refs', 'resource_type', 'unrendered_config'];

/** Reads an entry of `semantic_models` of a project in the legacy specification, or of a manifest. */
export function legacySemanticModel(definition: JsonObject, place: Located): SemanticModel | undefined {
  const name = nameOf(definition['name']);
  if (name === undefined) return undefined;
  const {
    model,
    node_relation,
    defaults,
    config,
    group,
    measures,
    entities,
    dimensions,
    name: _,
    ...rest
  } = definition;
  const { enabled, group: configGroup, meta, ...otherConfig } = objectOf(config);
  const { agg_time_dimension: time, ...otherDefaults } = objectOf(defaults);
  const sorted = byExpression(objectsOf(dimensions).flatMap(legacyDimension));
  return {
    ...place,
    name,
    ...relationOf(nameOf(model), objectOf(node_relation)),
    group: nameOf(configGroup) ?? nameOf(group),
    aggTimeDimension: nameOf(time),
    meta: objectOf(meta),
    deprecationDate: undefined,
    measures: objectsOf(measures),
    dimensions: sorted,
    enabled: enabled !== false,
    details: compact({
      ...Object.fromEntries(Object.entries(rest).filter(([member]) => !COMPUTED.includes(member))),
      label: textOf(rest['label']),
      description: textOf(rest['description']),
      config: otherConfig,
      defaults: otherDefaults,
      meta,
      entities: objectsOf(entities).flatMap(entityOf),
      dimensions: sorted,
    }),
  };
}

/**
 * Reads the semantic model of an entry of `models` (dbt 1.12): dimensions and entities are in its columns and in
 * `derived_semantics`.
 */
export function inlineSemanticModel(model: JsonObject, place: Located): SemanticModel | undefined {
  const modelName = nameOf(model['name']);
  if (modelName === undefined) return undefined;
  const semantic = objectOf(model['semantic_model']);
  const { enabled, name, group, config, ...otherSettings } = semantic;
  const modelConfig = objectOf(model['config']);
  const columns = objectsOf(model['columns']);
  const derived = objectOf(model['derived_semantics']);
  const dimensions = byExpression([
    ...columns.flatMap(columnDimension),
    ...objectsOf(derived['dimensions']).flatMap((dimension) => dimensionOf(dimension)),
  ]);
  const meta = { ...objectOf(model['meta']), ...objectOf(modelConfig['meta']), ...objectOf(objectOf(config)['meta']) };
  return {
    ...place,
    name: nameOf(name) ?? modelName,
    model: modelName,
    source: { system: 'dbt', object: modelName },
    group: nameOf(group) ?? nameOf(modelConfig['group']) ?? nameOf(model['group']),
    aggTimeDimension: nameOf(model['agg_time_dimension']),
    meta,
    deprecationDate: nameOf(model['deprecation_date']),
    measures: [],
    dimensions,
    enabled: enabled !== false && model['semantic_model'] !== false && modelConfig['enabled'] !== false,
    details: compact({
      ...otherSettings,
      description: textOf(model['description']),
      primary_entity: model['primary_entity'],
      config: { ...objectOf(config), meta: undefined },
      meta,
      entities: [...columns.flatMap(columnEntity), ...objectsOf(derived['entities']).flatMap(entityOf)],
      dimensions,
    }),
  };
}

/** Whether an entry of `models` has something for metrics. */
export const hasSemantics = (model: JsonObject): boolean =>
  ['metrics', 'semantic_model', 'derived_semantics'].some((member) => Object.hasOwn(model, member));

const REF = /^\s*(?:\{\{\s*)?(ref|source)\s*\(([^()]*)\)/;

/** The model and relation that `model: ref('…')` or `node_relation` of a manifest names. */
function relationOf(model: string | undefined, relation: JsonObject): Pick<SemanticModel, 'model' | 'source'> {
  const [, kind, list = ''] = REF.exec(model ?? '') ?? [];
  const names = [...list.matchAll(/(?:^|,)\s*['"]([^'"]+)['"]/g)].map(([, name = '']) => name);
  const alias = nameOf(relation['alias']);
  const parts = [relation['database'], relation['schema_name'], alias].flatMap((part) => nameOf(part) ?? []);
  const table = nameOf(relation['relation_name']) ?? (alias && parts.join('.'));
  return {
    model: kind === 'source' ? names.join('.') : (names.at(-1) ?? model ?? alias),
    source: table ? { object: table } : model ? { system: 'dbt', object: names.join('.') || model } : undefined,
  };
}

/** Puts the dimensions with an expression last, where the current specification has them too. */
const byExpression = (dimensions: readonly JsonObject[]) => [
  ...dimensions.filter(({ expr }) => isColumn(expr)),
  ...dimensions.filter(({ expr }) => !isColumn(expr)),
];

/** Whether an expression is the name of a column; a missing one is the column of the same name. */
export const isColumn = (expr: unknown): boolean =>
  expr === undefined || (typeof expr === 'string' && /^[A-Za-z_]\w*$/.test(expr));

function legacyDimension({ type_params, ...dimension }: JsonObject): JsonObject[] {
  const { time_granularity, ...others } = objectOf(type_params);
  return dimensionOf({ ...dimension, ...others, granularity: dimension['granularity'] ?? time_granularity });
}

function dimensionOf({ name: given, type, expr, is_partition, metadata: _, ...rest }: JsonObject): JsonObject[] {
  const name = nameOf(given);
  if (name === undefined) return [];
  const expression = textOf(expr);
  const members = {
    ...trimmed(rest),
    type: textOf(type)?.toLowerCase(),
    expr: expression === name ? undefined : expression,
    is_partition: is_partition === true ? true : undefined,
  };
  return [{ name, ...compact(members) }];
}

function entityOf({ name: given, type, expr, metadata: _, ...rest }: JsonObject): JsonObject[] {
  const name = nameOf(given);
  if (name === undefined) return [];
  const expression = textOf(expr);
  const members = {
    ...trimmed(rest),
    type: textOf(type)?.toLowerCase(),
    expr: expression === name ? undefined : expression,
  };
  return [{ name, ...compact(members) }];
}

/** Block texts of YAML end with a line break. */
const trimmed = (members: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]),
  );

function columnDimension({ name, dimension, granularity, description }: JsonObject): JsonObject[] {
  if (dimension === undefined || dimension === null || dimension === false) return [];
  const members = isObject(dimension) ? dimension : { type: dimension === true ? 'categorical' : dimension };
  return dimensionOf({ name, expr: name, granularity, description, ...members });
}

function columnEntity({ name, entity, description }: JsonObject): JsonObject[] {
  if (entity === undefined || entity === null || entity === false) return [];
  const members = isObject(entity) ? entity : { type: entity, description };
  return entityOf({ name, expr: name, ...members });
}

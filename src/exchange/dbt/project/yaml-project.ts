import { pointerStep } from '../../../validation/violation';
import { isObject, type JsonObject, refused } from '../../files/catalogue-entry';
import type { PartReader } from './project';
import { hasSemantics, inlineSemanticModel, legacySemanticModel } from './semantic-model';
import { nameOf, objectOf, objectsOf, textOf } from './values';

/** Sections of a project that have no metrics. */
export const OTHER_SECTIONS = [
  'analyses',
  'anchors',
  'catalogs',
  'data_tests',
  'docs',
  'functions',
  'macros',
  'seeds',
  'selectors',
  'snapshots',
  'sources',
  'tests',
  'unit_tests',
] as const;

/** Adds a YAML document of a dbt project, in the legacy or the current specification. */
export function addYaml(reader: PartReader): void {
  const { value } = reader;
  if (!isObject(value)) {
    const what = typeof value === 'string' ? 'a link to another file' : 'empty';
    reader.note('', `The document is ${what}. Nothing is imported from it.`);
    return;
  }
  reader.loseDuplicate();
  addSemanticModels(reader, '/semantic_models', value['semantic_models']);
  addSemanticModels(reader, '', { semantic_model: value['semantic_model'] ?? null });
  addModels(reader, value['models']);
  addMetrics(reader, '/metrics', value['metrics']);
  addMetrics(reader, '', { metric: value['metric'] ?? null });
  addGroups(reader, value['groups']);
  addExposures(reader, value['exposures']);
  loseSavedQueries(reader, '/saved_queries', value['saved_queries']);
  loseSavedQueries(reader, '', { saved_query: value['saved_query'] ?? null });
  noteOthers(reader, value);
}

export function addMetrics(reader: PartReader, section: string, metrics: unknown): void {
  for (const { item, place } of reader.items(section, metrics))
    reader.project.metrics.push({ ...place, definition: item, semanticModel: undefined });
}

export function addSemanticModels(reader: PartReader, section: string, models: unknown): void {
  for (const { item, place } of reader.items(section, models)) {
    const model = legacySemanticModel(item, place);
    if (model) reader.project.semanticModels.push(model);
    else reader.refuse(refused(place, 'missing_key', 'A semantic model must have a name.'));
  }
}

export function addGroups(reader: PartReader, groups: unknown): void {
  for (const { item } of reader.items('/groups', groups)) {
    const name = nameOf(item['name']);
    const owner = objectOf(item['owner']);
    if (name !== undefined)
      reader.project.groups.set(name, { name: nameOf(owner['name']), email: nameOf(owner['email']) });
  }
}

export function addExposures(reader: PartReader, exposures: unknown): void {
  for (const { item, place } of reader.items('/exposures', exposures))
    reader.project.exposures.push({ ...place, definition: item });
}

/** Reports each saved query: its metrics are imported, the query itself is not. */
export function loseSavedQueries(reader: PartReader, section: string, queries: unknown): void {
  const items = isObject(queries) || Array.isArray(queries) ? Object.entries(queries) : [];
  for (const [id, query] of items)
    if (isObject(query)) {
      const name = textOf(query['name']) ?? '';
      reader.lose(section + pointerStep(id), 'saved_queries', `The saved query ${name} is not imported.`);
    }
}

/** Adds `models`: in dbt 1.12 a model has its semantic model and metrics. */
function addModels(reader: PartReader, models: unknown): void {
  if (!Array.isArray(models)) return;
  let without = 0;
  for (const [index, model] of models.entries()) {
    if (isObject(model) && hasSemantics(model)) addModel(reader, model, index);
    else without++;
  }
  if (without > 0) reader.note('/models', `${without} models without metrics are not imported.`);
}

function addModel(reader: PartReader, model: JsonObject, index: number): void {
  const pointer = `/models${pointerStep(index)}`;
  const semantics = pick(model);
  const problem = reader.scan(pointer, semantics);
  const semanticModel = problem ? undefined : inlineSemanticModel(semantics, reader.at(pointer));
  if (!semanticModel) {
    reader.refuse(problem ?? refused(reader.at(pointer), 'missing_key', 'A model must have a name.'));
    return;
  }
  reader.project.semanticModels.push(semanticModel);
  // The second of two members with one name counts, as in dbt. In a metric it is refused.
  const duplicate = reader.violation(pointer, semantics);
  if (duplicate?.code === 'duplicate_key' && !/^\/models\/\d+\/metrics\/./.test(duplicate.pointer))
    reader.lose(duplicate.pointer, duplicate.code, duplicate.detail);
  for (const [place, metrics] of metricsOf(pointer, model))
    for (const { item, place: inner } of reader.items(place, metrics))
      reader.project.metrics.push({ ...inner, definition: item, semanticModel });
}

/** The metrics of a model are beside its semantic model; a few projects have them inside. */
const metricsOf = (pointer: string, model: JsonObject): [string, unknown][] => [
  [`${pointer}/metrics`, model['metrics']],
  [`${pointer}/semantic_model/metrics`, objectOf(model['semantic_model'])['metrics']],
];

/** The members of a model that describe its semantic model. Tests and constraints are left out. */
function pick(model: JsonObject): JsonObject {
  const names = [
    'name',
    'description',
    'semantic_model',
    'derived_semantics',
    'agg_time_dimension',
    'primary_entity',
    'deprecation_date',
    'meta',
    'group',
  ];
  const config = objectOf(model['config']);
  const columns = objectsOf(model['columns']).map(({ name, description, dimension, entity, granularity }) => ({
    name,
    description,
    dimension,
    entity,
    granularity,
  }));
  const picked = Object.fromEntries(names.filter((name) => name in model).map((name) => [name, model[name]]));
  const { enabled, group, meta } = config;
  const semantic = model['semantic_model'];
  if (isObject(semantic)) picked['semantic_model'] = { ...semantic, metrics: undefined };
  return { ...picked, config: { enabled, group, meta }, columns };
}

function noteOthers(reader: PartReader, value: JsonObject): void {
  const found = OTHER_SECTIONS.flatMap((section) => {
    const size = sizeOf(value[section]);
    return size === 0 ? [] : [`${section} (${size})`];
  });
  if (found.length > 0) reader.note('', `These sections have no metrics and are not imported: ${found.join(', ')}.`);
  const known = ['metric', 'metrics', 'semantic_model', 'semantic_models', 'models', 'groups', 'exposures'];
  const read = [...known, ...OTHER_SECTIONS, 'saved_query', 'saved_queries', 'version'];
  const settings = Object.keys(value).filter((name) => !read.includes(name));
  if (settings.length > 0)
    reader.note('', `Settings of the project are not imported: ${settings.slice(0, 20).join(', ')}.`);
}

export const sizeOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? Object.keys(value).length : 0;

import type { JsonObject } from '../files/catalogue-entry';
import { isColumn } from './project/semantic-model';
import { compact, objectOf, objectsOf, textOf } from './project/values';

/** An entry of `models` of which only the names are known. */
export const bareHeader = (model: string, semanticModel: unknown): JsonObject => ({
  name: model,
  semantic_model: compact({ enabled: true, name: semanticModel === model ? undefined : semanticModel }),
});

/** The members of an entry of `models` that its metrics know of: its semantic model, columns and expressions. */
export function modelHeader(model: string, document: JsonObject): JsonObject {
  const dbt = objectOf(objectOf(document['extra'])['dbt']);
  const semantic = objectOf(dbt['semantic_model']);
  const name = textOf(semantic['name']);
  const details = objectsOf(semantic['dimensions']);
  const names = objectsOf(document['dimensions']).map((dimension) => ({ name: dimension['name'] }));
  const dimensions = details.length > 0 ? details : names;
  const [ofColumns, derived] = byColumn(dimensions);
  const [entities, derivedEntities] = byColumn(objectsOf(semantic['entities']));
  return compact({
    ...bareHeader(model, name),
    description: semantic['description'],
    config: { meta: semantic['meta'] },
    agg_time_dimension: dbt['agg_time_dimension'],
    primary_entity: semantic['primary_entity'],
    columns: columnsOf(entities, ofColumns),
    derived_semantics: { dimensions: derived, entities: derivedEntities },
  });
}

/** Separates what is a column from expressions. A column has room for one dimension and one entity. */
function byColumn(items: readonly JsonObject[]): [JsonObject[], JsonObject[]] {
  const columns = new Set<string>();
  const [plain, derived]: [JsonObject[], JsonObject[]] = [[], []];
  for (const item of items) {
    const column = columnOf(item);
    if (isColumn(item['expr']) && !columns.has(column)) plain.push(item);
    else derived.push({ ...item, expr: column });
    columns.add(column);
  }
  return [plain, derived];
}

/**
 * The columns of the entities and dimensions that are columns. One column can be both. The order is that of the entities
 * and that of the dimensions, as far as they agree.
 */
function columnsOf(entities: readonly JsonObject[], dimensions: readonly JsonObject[]): JsonObject[] {
  const columns = new Map<string, JsonObject>();
  const places = new Map(dimensions.map((dimension, index) => [columnOf(dimension), index]));
  let written = 0;
  const addDimensions = (end: number) => {
    for (; written < end; written++) addDimension(columns, dimensions[written] ?? {});
  };
  for (const entity of entities) {
    const name = columnOf(entity);
    addDimensions((places.get(name) ?? -1) + 1);
    const { expr: _, ...members } = entity;
    columns.set(name, { ...(columns.get(name) ?? { name }), entity: members });
  }
  addDimensions(dimensions.length);
  return [...columns.values()];
}

const columnOf = ({ expr, name }: JsonObject) => String(expr ?? name);

function addDimension(columns: Map<string, JsonObject>, dimension: JsonObject): void {
  const column = columnOf(dimension);
  const { expr: _, granularity, name, ...members } = dimension;
  const own = { type: 'categorical', ...(name === column ? {} : { name }), ...members };
  columns.set(column, { ...(columns.get(column) ?? { name: column }), granularity, dimension: own });
}

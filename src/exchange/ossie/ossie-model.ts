import { isObject, type JsonObject } from '../files/catalogue-entry';
import { applyDifference, differenceOf, splitExtensions } from './ossie-extension';
import { type LoseMember, ossieOf, packOssie } from './ossie-extra';
import { type ModelContext, withExtension } from './ossie-metric';
import { keyFrom, oneLine } from './ossie-name';
import { datasetsByName } from './ossie-sources';
import { cutText } from './ossie-text';

/** The version that exports have. 0.1.1 is a subset of it. */
export const VERSION = '0.2.0.dev0';

/** A semantic model in a file, with the members of the file around it. */
export interface PlacedModel {
  model: JsonObject;
  pointer: string;
  file: JsonObject;
}

/** The models of a file: a list `semantic_model`, or the file itself, as later drafts of 0.2.0 have it. */
export function modelsIn(value: JsonObject): PlacedModel[] {
  const { semantic_model: models, version, ...others } = value;
  if (models === undefined) return [{ model: others, pointer: '', file: { version } }];
  const file = { version, ...others };
  if (!Array.isArray(models)) return isObject(models) ? [{ model: models, pointer: '/semantic_model', file }] : [];
  return models.map((model: unknown, index) => ({
    model: isObject(model) ? model : {},
    pointer: `/semantic_model/${index}`,
    file,
  }));
}

/** Datasets that an export added because Ossie requires one are no part of a model. */
const ownDatasets = (datasets: unknown): unknown =>
  Array.isArray(datasets)
    ? datasets.filter((one) => !isObject(one) || !splitExtensions(one['custom_extensions']).own.generated)
    : datasets;

/** Reads a model as a domain, without the extension of this service. It keeps once what its metrics share. */
function readNative({ model, file }: Omit<PlacedModel, 'pointer'>, lose: LoseMember): JsonObject {
  const { name: given, description, metrics: _, datasets: all, custom_extensions: extensions, ...others } = model;
  const { version, ...shared } = file;
  const name = String(given);
  const domain_id = keyFrom(name, 'model');
  const text = cutText(description);
  const datasets = ownDatasets(all);
  const { others: foreign } = splitExtensions(extensions);
  const hasDatasets = datasets !== undefined && !(Array.isArray(datasets) && datasets.length === 0);
  const ossie = {
    ...(domain_id !== name && { name }),
    ...(version !== undefined && version !== VERSION && { version }),
    ...(Object.keys(shared).length > 0 && { document: shared }),
    ...(text !== description && { description }),
    ...(hasDatasets && { datasets }),
    ...others,
    ...(foreign !== undefined && { custom_extensions: foreign }),
  };
  for (const member of Object.keys(ossie))
    if (member !== 'name' && member !== 'version') lose(member, `It is kept in extra.ossie.${member} of the domain.`);
  return {
    domain_id,
    name: oneLine(name),
    ...(text !== undefined && { description: text }),
    ...(Object.keys(ossie).length > 0 && { extra: { ossie: packOssie(ossie, lose) } }),
  };
}

/** Reads a model: its domain, undefined for one that only an export needed, and what its metrics inherit. */
export function readModel(
  placed: PlacedModel,
  lose: LoseMember,
): { domain: JsonObject | undefined; context: ModelContext } {
  const { own } = splitExtensions(placed.model['custom_extensions']);
  const domain = applyDifference(readNative(placed, own.generated ? () => undefined : lose), own);
  const datasets = datasetsByName(ownDatasets(placed.model['datasets']));
  const context = { domainKey: String(domain['domain_id']), datasets };
  return { domain: own.generated ? undefined : domain, context };
}

/** A model as an export writes it. `end` follows the metrics. */
export interface WrittenModel {
  /** Without datasets for a domain that has none of its own. */
  start: JsonObject;
  end: JsonObject;
  context: ModelContext;
}

/** Writes the domain as a model without metrics. */
export function writeModel(domain: JsonObject): WrittenModel {
  const { name = domain['domain_id'], version: _, document: __, description, ...others } = ossieOf(domain);
  const text = domain['description'];
  const model: JsonObject = {
    name: String(name),
    ...(text !== undefined && { description: cutText(description) === text ? description : text }),
    ...others,
  };
  const base = { status: 'active', ...readNative({ model, file: { version: VERSION } }, () => undefined) };
  const { custom_extensions, ...start } = withExtension(model, differenceOf(base, domain));
  return {
    start,
    end: custom_extensions === undefined ? {} : { custom_extensions },
    context: { domainKey: String(domain['domain_id']), datasets: datasetsByName(start['datasets']) },
  };
}

/** A model for metrics without a live domain. */
export function generatedModel(name: string): WrittenModel {
  const { custom_extensions, ...start } = withExtension({ name }, { generated: true });
  return { start, end: { custom_extensions }, context: { domainKey: keyFrom(name, 'model'), datasets: new Map() } };
}

import { MetricDto } from '../../../metrics/dto/metric.dto';
import type { JsonObject } from '../../files/catalogue-entry';
import { itemLimit } from '../../first-mdl/values';
import { mapMeta } from './meta';
import type { SemanticModel } from '../project/semantic-model';
import { compact, nameOf, objectsOf } from '../project/values';

/** What each metric of a semantic model keeps of it. Its size is limited, because a model can have many metrics. */
export interface KeptModel {
  details: JsonObject;
  dimensions: JsonObject[];
  owner: string | undefined;
  /** The members that are too large to keep. */
  lost: string[];
}

/** Greatest size of the details, in characters of JSON. */
const MAX_DETAILS = 12_000;
const MAX_DIMENSIONS = itemLimit(MetricDto, 'dimensions');

const kept = new WeakMap<SemanticModel, KeptModel>();

/** Computes once what the metrics of a semantic model keep. */
export function keptModel(model: SemanticModel): KeptModel {
  const known = kept.get(model);
  if (known) return known;
  const found = computeKept(model);
  kept.set(model, found);
  return found;
}

function computeKept(model: SemanticModel): KeptModel {
  const details = withoutPlainDimensions(model.details);
  const lost = tooLarge(details);
  if (model.dimensions.length > (MAX_DIMENSIONS ?? Infinity)) lost.push('dimensions');
  return {
    details: Object.fromEntries(Object.entries(details).filter(([name]) => !lost.includes(name))),
    dimensions: model.dimensions.slice(0, MAX_DIMENSIONS).map(({ name }) => ({ name })),
    owner: nameOf(mapMeta(model.meta).owner),
    lost: [...new Set(lost)],
  };
}

/** The largest members, without which the others are small enough. */
function tooLarge(details: JsonObject): string[] {
  const sizes = Object.entries(details).map(([name, value]) => ({ name, size: JSON.stringify(value).length }));
  let total = sizes.reduce((sum, { size }) => sum + size, 0);
  const lost: string[] = [];
  for (const { name, size } of sizes.sort((a, b) => b.size - a.size)) {
    if (total <= MAX_DETAILS) break;
    total -= size;
    lost.push(name);
  }
  return lost;
}

/** Leaves out dimensions that are nothing but a name: the document has the names. */
function withoutPlainDimensions(details: JsonObject): JsonObject {
  const dimensions = objectsOf(details['dimensions']);
  const isPlain = dimensions.every((dimension) => Object.keys(dimension).every((member) => member === 'name'));
  return compact({ ...details, dimensions: isPlain ? undefined : dimensions });
}

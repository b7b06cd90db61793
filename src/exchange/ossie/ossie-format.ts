import { type CatalogueEntry, isObject, type JsonObject, type Place, refused } from '../files/catalogue-entry';
import type { CatalogueFormat, CataloguePart, FormatEntry } from '../files/catalogue-format';
import { applyDifference, splitExtensions } from './ossie-extension';
import { type ModelContext, readMetric } from './ossie-metric';
import { modelsIn, readModel } from './ossie-model';
import { keyFrom, withDigest } from './ossie-name';

/** A metric whose key is not yet known. */
interface FoundMetric {
  path: string;
  place: Place;
  metric: JsonObject;
  context: ModelContext;
}

/** Semantic models of Apache Ossie (formerly OSI), 0.1.1 and 0.2.0.dev0. A model becomes a domain with its metrics. */
export const ossieFormat: CatalogueFormat = {
  name: 'ossie',
  detect: (value) => {
    if (!isObject(value)) return 0;
    const hasVersion = typeof value['version'] === 'string' && /^\d+\.\d/.test(value['version']);
    if (Array.isArray(value['semantic_model'])) return hasVersion ? 0.95 : 0.7;
    if (isObject(value['semantic_model'])) return hasVersion ? 0.8 : 0;
    const isModel = Array.isArray(value['datasets']) && typeof value['name'] === 'string';
    return isModel && hasVersion ? 0.95 : 0;
  },
  read: readParts,
  describeUnreadable: (value) => {
    const kind = isObject(value) ? kindOf(value) : undefined;
    return kind === undefined ? undefined : `${kind}; only semantic models are read`;
  },
};

function kindOf(value: JsonObject): string | undefined {
  if (Array.isArray(value['concept_mappings']) || value['ontology_ref'] !== undefined)
    return 'an Ossie ontology mapping';
  if (Array.isArray(value['ontology'])) return 'an Ossie ontology';
  const { $defs } = value;
  if (isObject($defs) && ('SemanticModel' in $defs || 'OntologyComponent' in $defs)) return 'a JSON Schema of Ossie';
  return isObject(value['behavior']) && value['version'] !== undefined ? 'an Ossie behavior layer' : undefined;
}

function* readParts(parts: readonly CataloguePart[]): Generator<FormatEntry> {
  const metrics: FoundMetric[] = [];
  for (const { path, parsed } of parts) {
    if (!isObject(parsed.value)) continue;
    for (const placed of modelsIn(parsed.value)) {
      const { model, pointer } = placed;
      const place = { line: parsed.lineOf(pointer), pointer };
      const violation = parsed.findViolation(pointer, model);
      if (violation) {
        yield { path, kind: 'refused', ...violation };
        continue;
      }
      const name = model['name'];
      if (typeof name !== 'string' || name.trim() === '') {
        const at = { ...place, pointer: `${pointer}/name` };
        yield { path, ...refused(at, 'missing_key', 'A semantic model must have a name.') };
        continue;
      }
      const losses: FormatEntry[] = [];
      const { domain, context } = readModel(placed, loserAt(losses, path, place, `model ${name}`));
      if (domain)
        yield { path, kind: 'ready', ...place, resource: 'domains', key: context.domainKey, document: domain };
      yield* losses;
      const list: unknown[] = Array.isArray(model['metrics']) ? model['metrics'] : [];
      for (const [index, metric] of list.entries()) {
        const inner = `${pointer}/metrics/${index}`;
        const at = { line: parsed.lineOf(inner), pointer: inner };
        const refusal = refusalOf(metric, at);
        if (refusal) yield { path, ...refusal };
        else metrics.push({ path, place: at, metric: metric as JsonObject, context });
      }
    }
  }
  yield* readMetrics(metrics);
}

function refusalOf(metric: unknown, place: Place): (CatalogueEntry & { kind: 'refused' }) | undefined {
  if (!isObject(metric)) return refused(place, 'not_an_object', 'A metric must be an object.');
  const { name } = metric;
  if (typeof name === 'string' && name.trim() !== '') return undefined;
  return refused({ ...place, pointer: `${place.pointer}/name` }, 'missing_key', 'A metric must have a name.');
}

/** Collects what `readMetric` and `readModel` report. */
const loserAt =
  (losses: FormatEntry[], path: string, place: Place, owner: string) =>
  (name: string, detail: string): void =>
    void losses.push({ path, kind: 'loss', ...place, name, detail: `${owner}: ${detail}` });

function* readMetrics(metrics: readonly FoundMetric[]): Generator<FormatEntry> {
  const keys = keysOf(metrics);
  for (const found of metrics) {
    const { path, place, metric, context } = found;
    const losses: FormatEntry[] = [];
    const key = keys.get(found);
    const native = readMetric(metric, context, loserAt(losses, path, place, `metric ${String(metric['name'])}`), key);
    const document = applyDifference(native, splitExtensions(metric['custom_extensions']).own);
    yield { path, kind: 'ready', ...place, resource: 'metrics', key: String(document['metric_id']), document };
    if (key !== undefined) {
      const detail = `Several metrics are named ${String(metric['name'])}. The key of this one is ${key}.`;
      yield { path, kind: 'note', ...place, detail };
    }
    yield* losses;
  }
}

/**
 * The keys of metrics whose names are not unique: with the model as a prefix, or with a digest where different names
 * of one model have the same key. Metrics whose extension has the key count with that one.
 */
function keysOf(metrics: readonly FoundMetric[]): Map<FoundMetric, string> {
  const keys = new Map<FoundMetric, string>();
  const explicit = new Set<FoundMetric>();
  const byKey = Map.groupBy(metrics, (found) => {
    const { set = {} } = splitExtensions(found.metric['custom_extensions']).own;
    if (typeof set['/metric_id'] === 'string') explicit.add(found);
    return explicit.has(found) ? '' : keyFrom(nameOf(found), 'metric').toLowerCase();
  });
  for (const [, group] of byKey) {
    const others = group.filter((found) => !explicit.has(found));
    const models = new Set(others.map(({ context }) => context.domainKey.toLowerCase()));
    const names = new Set(others.map(nameOf));
    for (const found of others) {
      const name = nameOf(found);
      let key = keyFrom(name, 'metric');
      if (models.size > 1) key = keyFrom(`${found.context.domainKey}.${key}`, 'metric');
      if (names.size > 1 && key !== name) key = withDigest(key, name);
      if (models.size > 1 || names.size > 1) keys.set(found, key);
    }
  }
  return keys;
}

const nameOf = ({ metric }: FoundMetric) => String(metric['name']);

import { scanJson } from '../../body/json-scan';
import { isObject, refused } from '../files/catalogue-entry';
import type { FormatEntry } from '../files/catalogue-format';
import { linksOf } from './project/exposures';
import { fitDocument, limitSize } from './metric/fit-document';
import { keptModel } from './metric/kept-model';
import type { Located } from './project/located';
import { defineMetric } from './metric/metric-definition';
import { COMPUTED, convertMetric, type MetricContext } from './metric/metric-document';
import { applyOverlay } from './metric/overlay';
import type { MetricSource, Project } from './project/project';
import { overlayOf, ProjectIndex } from './project-index';
import { objectOf, textOf } from './project/values';

/** Converts the metrics of a project to documents, in the order of the files. */
export function* readProject(project: Project, today = new Date().toISOString().slice(0, 10)): Generator<FormatEntry> {
  yield* project.entries;
  const index = new ProjectIndex(project);
  const links = yield* linksOf(project.exposures);
  const keys = new Map<string, { key: string; place: Located }>();
  for (const source of [...project.metrics, ...index.createdMetrics()]) {
    const name = textOf(source.definition['name']) ?? '';
    if (index.isMeasureMetric(name)) continue;
    const context = { keyOf: index.keyOf, groups: project.groups, links: links.get(name) ?? [], today };
    for (const entry of convert(source, index, context)) {
      if (entry.kind === 'ready') {
        const same = entry.key.toLowerCase();
        const earlier = keys.get(same);
        if (earlier && earlier.key !== entry.key) {
          yield caseClash(entry, entry.key, earlier);
          continue;
        }
        keys.set(same, { key: entry.key, place: entry });
      }
      yield entry;
    }
  }
  yield* unusedParts(project, index);
}

const caseClash = (at: Located, key: string, { key: other, place }: { key: string; place: Located }): FormatEntry => ({
  path: at.path,
  ...refused(
    at,
    'duplicate_document',
    `The key ${key} differs from ${other} in ${place.path} line ${place.line} only in case.`,
  ),
});

function* convert(source: MetricSource, index: ProjectIndex, context: MetricContext): Generator<FormatEntry> {
  const { path, line, pointer, definition } = source;
  const place = { path, line, pointer };
  const name = textOf(definition['name']);
  if (name === undefined) {
    yield { path, ...refused(place, 'missing_key', 'A metric must have a name.') };
    return;
  }
  const overlay = overlayOf(definition);
  const disabled = objectOf(definition['config'])['enabled'] === false || source.semanticModel?.enabled === false;
  // An export of this service disables what dbt cannot compute.
  if (disabled && !overlay) {
    yield { kind: 'loss', ...place, name: 'disabled', detail: `The metric ${name} is disabled and not imported.` };
    return;
  }
  const metric = defineMetric(definition, source.semanticModel, index);
  const { document, losses, notes } = convertMetric(metric, context);
  if (metric.semanticModel) index.use(metric.semanticModel, metric.members);
  const fitted = fitDocument(document, losses);
  const complete = fitted && (overlay ? fitDocument(applyOverlay(fitted, overlay), losses) : fitted);
  const key = complete?.['metric_id'];
  if (!complete || typeof key !== 'string') {
    const detail = `${name.slice(0, 200)} cannot be the key of a metric: 1 to 128 letters, digits and ._- are allowed.`;
    yield { path, ...refused(place, 'invalid_key', detail) };
    return;
  }
  const { document: limited, json } = limitSize(complete, losses);
  const [violation] = scanJson(json);
  if (violation) {
    yield { path, ...refused(place, violation.code, violation.detail) };
    return;
  }
  yield { kind: 'ready', ...place, resource: 'metrics', key, document: limited };
  for (const { name: lost, detail } of losses)
    yield { kind: 'loss', ...place, name: lost, detail: `${name}: ${detail}` };
  for (const detail of notes) yield { kind: 'note', ...place, detail };
}

/** Reports the semantic models and measures that no metric uses, and what is too large for their metrics. */
function* unusedParts(project: Project, index: ProjectIndex): Generator<FormatEntry> {
  for (const model of project.semanticModels) {
    const { path, line, pointer, name } = model;
    const place = { kind: 'loss', path, line, pointer } as const;
    if (!index.isUsed(model)) {
      yield {
        ...place,
        name: 'semantic_models',
        detail: `No metric uses the semantic model ${name}. It is not imported.`,
      };
    } else {
      for (const lost of keptModel(model).lost)
        yield {
          ...place,
          name: lost,
          detail: `The member ${lost} of the semantic model ${name} is too large to keep.`,
        };
    }
    for (const measure of model.measures)
      if (!index.isUsed(measure))
        yield {
          ...place,
          name: 'measures',
          detail: `No metric uses the measure ${textOf(measure['name']) ?? ''} of ${name}.`,
        };
  }
  const computed = COMPUTED.filter((member) => project.metrics.some(({ definition }) => isSaid(definition[member])));
  const [first] = project.metrics;
  if (first && computed.length > 0) {
    const { path, line } = first;
    for (const name of computed)
      yield { kind: 'loss', path, line, pointer: '', name, detail: `dbt computes ${name} of metrics. It is not kept.` };
  }
}

const isSaid = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  (!(isObject(value) || Array.isArray(value)) || Object.keys(value).length > 0);

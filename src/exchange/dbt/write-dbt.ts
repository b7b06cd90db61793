import { isDeepStrictEqual } from 'node:util';
import { Document, isScalar, visit } from 'yaml';
import type { JsonObject } from '../files/catalogue-entry';
import { dbtFormat } from './dbt-format';
import { modelHeader } from './model-header';
import { nativeMetric, type NativeMetric } from './native-metric';
import { findOverlay, writable } from './metric/overlay';
import { objectOf } from './project/values';

/**
 * Writes metrics as a YAML file of dbt 1.12. What dbt cannot represent is in `config.meta.mdl`, so that an import of the
 * file has the same documents. Metrics of a model are held in memory, as bytes, until the end: dbt allows a model once.
 * @param lose receives each member that dbt does not understand, with the key of its metric
 */
export async function* writeDbt(
  documents: AsyncIterable<JsonObject>,
  lose: (name: string, detail: string) => void,
): AsyncIterable<string> {
  const writer = new ProjectWriter(lose);
  yield 'version: 2\n';
  let isFirst = true;
  for await (const document of documents) {
    const text = writer.add(writable(document));
    if (text === undefined) continue;
    yield isFirst ? `\nmetrics:\n${text}` : text;
    isFirst = false;
  }
  if (isFirst) yield '\nmetrics: []\n';
  yield* writer.models();
}

interface PlacedMeasure {
  measure: JsonObject;
  section: ModelSection | undefined;
}

interface ModelSection {
  header: JsonObject;
  /** Whether a metric in it depends on the header. */
  isFinal: boolean;
  metrics: Buffer[];
  /** The measures that are written, as metrics: their text by name. */
  measures: Map<string, string>;
}

class ProjectWriter {
  private readonly sections = new Map<string, ModelSection>();
  private readonly names = new Set<string>();

  constructor(private readonly lose: (name: string, detail: string) => void) {}

  /** Returns the text of a metric at the top level; keeps that of a metric in a model. */
  add(document: JsonObject): string | undefined {
    const native = nativeMetric(document);
    const { metric, model, measures, computable } = native;
    const isAggregated = metric['type'] === 'simple' || measures.length > 0;
    const section = model === undefined ? undefined : this.sectionOf(modelHeader(model, document), isAggregated);
    const placed = measures.map(({ metric: measure, header }) => ({
      measure,
      section: header ? this.sectionOf(header, false) : section,
    }));
    this.rename(metric, placed);
    if (metric['agg_time_dimension'] === section?.header['agg_time_dimension']) delete metric['agg_time_dimension'];
    const overlay = findOverlay(readAlone(native, section, placed), document);
    if (overlay ?? !computable) setOverlay(metric, overlay ?? {});
    this.report(String(document['metric_id']), computable, overlay);
    for (const { measure, section: own } of placed) {
      const text = indented(measure, 6);
      if (!own?.measures.has(String(measure['name']))) own?.metrics.push(Buffer.from(text));
      own?.measures.set(String(measure['name']), text);
    }
    if (!section) return indented(metric, 2);
    section.metrics.push(Buffer.from(indented(metric, 6)));
    return undefined;
  }

  *models(): Generator<string> {
    if (this.sections.size > 0) yield '\nmodels:\n';
    for (const [name, { header, metrics }] of this.sections) {
      yield `${indented(header, 2)}    metrics:\n`;
      for (const metric of metrics) yield metric.toString();
      this.sections.delete(name);
    }
  }

  /** Finds or starts the section of a model. The first metric that is aggregated from the model decides its header. */
  private sectionOf(header: JsonObject, isAggregated: boolean): ModelSection {
    const name = String(header['name']);
    const section = this.sections.get(name) ?? {
      header,
      isFinal: false,
      metrics: [],
      measures: new Map<string, string>(),
    };
    this.sections.set(name, section);
    if (!isAggregated || section.isFinal) return section;
    section.isFinal = true;
    // The metrics before this one know only the name of the semantic model.
    if (isDeepStrictEqual(header['semantic_model'], section.header['semantic_model'])) section.header = header;
    return section;
  }

  /** Makes the names of a metric and its measures unique in the file. Two measures of one name can be different. */
  private rename(metric: JsonObject, placed: readonly PlacedMeasure[]): void {
    metric['name'] = this.unused(String(metric['name']));
    for (const { measure, section } of placed) {
      const wanted = String(measure['name']);
      const isWritten = section?.measures.get(wanted) === indented(measure, 6);
      const name = isWritten ? wanted : this.unused(wanted);
      measure['name'] = name;
      for (const role of ['input_metric', 'base_metric', 'conversion_metric']) {
        const input = metric[role];
        if (input === wanted) metric[role] = name;
        else if (objectOf(input)['name'] === wanted) metric[role] = { ...objectOf(input), name };
      }
    }
  }

  private unused(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.names.has(name.toLowerCase()); count++) name = `${wanted}_${count}`;
    this.names.add(name.toLowerCase());
    return name;
  }

  private report(key: string, computable: boolean, overlay: JsonObject | undefined): void {
    if (!computable) this.lose('formula', `${key}: dbt cannot compute the metric. It is exported as a disabled one.`);
    for (const member of Object.keys(overlay ?? {}))
      if (!SILENT.includes(member) && (computable || member !== 'formula'))
        this.lose(member, `${key}: dbt has no ${member}. It is exported in config.meta.mdl.`);
  }
}

/** Members of an overlay whose loss matters to no user of dbt. */
const SILENT = ['extra', 'remove', 'short_name'];

function setOverlay(metric: JsonObject, overlay: JsonObject): void {
  const config = objectOf(metric['config']);
  metric['config'] = { ...config, meta: { ...objectOf(config['meta']), mdl: overlay } };
}

/** The document that an import makes of a metric without an overlay. */
function readAlone(
  { metric, computable }: NativeMetric,
  section: ModelSection | undefined,
  placed: readonly PlacedMeasure[],
): JsonObject {
  const marked = { ...metric };
  // Without it, a disabled metric is not imported.
  if (!computable) setOverlay(marked, {});
  const bySection = new Map<ModelSection | undefined, JsonObject[]>();
  for (const { measure, section: own } of placed) bySection.set(own, [...(bySection.get(own) ?? []), measure]);
  bySection.set(section, [...(bySection.get(section) ?? []), marked]);
  const models = [...bySection].flatMap(([own, metrics]) => (own ? [{ ...own.header, metrics }] : []));
  const value = { models, metrics: section ? [] : [marked] };
  const parsed = { value, lineOf: () => 1, findViolation: () => undefined };
  for (const entry of dbtFormat.read([{ path: '', parsed }])) if (entry.kind === 'ready') return entry.document;
  return {};
}

/** Characters that YAML 1.1 or 1.2 changes in a text without quotes. */
const NEEDS_QUOTES = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;

/** The YAML of an item of a list, readable by YAML 1.1 (dbt) and 1.2 (this service). */
function indented(item: JsonObject, spaces: number): string {
  const document = new Document([item], { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    Scalar: (_, node) => {
      if (isScalar(node) && typeof node.value === 'string' && NEEDS_QUOTES.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  // Blank lines at the end of a text belong to it.
  const lines = document.toString({ lineWidth: 0 }).slice(0, -1).split('\n');
  return lines.map((line) => (line === '' ? '\n' : `${' '.repeat(spaces)}${line}\n`)).join('');
}

import { stringify } from 'yaml';
import type { ExportContext, ExportFormat, Lose } from '../../documents/read/export-formats';
import type { JsonObject } from '../files/catalogue-entry';
import { formatExtension } from './ossie-extension';
import { loseInMetric, writeMetric } from './ossie-metric';
import { generatedModel, VERSION, type WrittenModel, writeModel } from './ossie-model';
import { tablesOf } from './ossie-sources';

/** Members that the service adds. Ossie has none of them, and an import takes none of them. */
const ADDED = ['version', 'created_at', 'updated_at', 'unresolved_refs', 'metric_count', 'objective_count'];
/** The model of metrics without a domain. */
const UNASSIGNED = 'unassigned';
/** Tables that are written as datasets of a model without datasets; they are held in memory. */
const MAX_TABLES = 1000;

/** Exports metrics as semantic models of Apache Ossie, one for each domain. */
export const ossieExport: ExportFormat = { name: 'ossie', groupBy: 'business_domain', write: writeOssie };

/**
 * Writes one Ossie document in YAML.
 *
 * @param documents domains, each followed by its metrics
 * @param lose reports what Ossie cannot express and other software will not understand
 */
export async function* writeOssie(
  documents: AsyncIterable<JsonObject>,
  lose: Lose,
  { countsOnly }: Pick<ExportContext, 'countsOnly'> = {},
): AsyncGenerator<string> {
  let open: OpenModel | undefined;
  let models = 0;
  yield `version: "${VERSION}"\n`;
  for await (const { deleted_at, ...document } of documents) {
    for (const member of ADDED) delete document[member];
    if (deleted_at !== undefined) {
      lose('deleted_at', String(document['metric_id'] ?? document['domain_id']));
      continue;
    }
    const isMetric = Object.hasOwn(document, 'metric_id');
    const domain = isMetric ? document['business_domain'] : document['domain_id'];
    if (!isMetric || open?.key !== groupKey(domain)) {
      if (open) yield open.end(lose);
      if (models++ === 0) yield 'semantic_model:\n';
      const model = isMetric ? generatedModel(typeof domain === 'string' ? domain : UNASSIGNED) : writeModel(document);
      open = new OpenModel(groupKey(domain), model);
      yield open.start();
    }
    if (!isMetric) continue;
    loseInMetric(document, lose);
    open.addTables(document);
    if (!countsOnly) yield open.metric(document);
  }
  yield open ? open.end(lose) : 'semantic_model: []\n';
}

const groupKey = (domain: unknown) => (typeof domain === 'string' ? domain.toLowerCase() : '');

/** A model whose metrics are being written. */
class OpenModel {
  private readonly tables = new Set<string>();
  private hasMetrics = false;

  constructor(
    readonly key: string,
    private readonly model: WrittenModel,
  ) {}

  start(): string {
    return `  - ${indented(toYaml(this.model.start), 4).trimStart()}`;
  }

  addTables(document: JsonObject): void {
    for (const table of tablesOf(document)) if (this.tables.size < MAX_TABLES) this.tables.add(table);
  }

  metric(document: JsonObject): string {
    const text = indented(toYaml([writeMetric(document, this.model.context)]), 6);
    const isFirst = !this.hasMetrics;
    this.hasMetrics = true;
    return isFirst ? `    metrics:\n${text}` : text;
  }

  end(lose: Lose): string {
    const { start, end } = this.model;
    const members = start['datasets'] === undefined ? { datasets: this.datasets(lose), ...end } : end;
    return Object.keys(members).length > 0 ? indented(toYaml(members), 4) : '';
  }

  /** Ossie requires a dataset, so the tables that the metrics name become datasets. */
  private datasets(lose: Lose): JsonObject[] {
    const extension = formatExtension({ generated: true });
    if (this.tables.size === 0) lose('datasets', String(this.model.start['name']));
    const tables = this.tables.size > 0 ? [...this.tables] : [UNASSIGNED];
    const names = new Set<string>();
    return tables.map((source) => {
      const short = source.split('.').at(-1) ?? source;
      const name = names.has(short) ? source : short;
      names.add(name);
      return { name, source, custom_extensions: [extension] };
    });
  }
}

/** Words that YAML 1.1 reads as other values are quoted, because much software reads YAML by it. */
const toYaml = (value: unknown) => stringify(value, { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false });

/** Indents YAML. Blank lines stay blank: they belong to block scalars. */
const indented = (yaml: string, spaces: number) => yaml.replaceAll(/(^|\n)(?=[^\n])/g, `$1${' '.repeat(spaces)}`);

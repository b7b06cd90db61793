import { dbtFormat, dbtManifestFormat } from '../../src/exchange/dbt/dbt-format';
import type { JsonObject } from '../../src/exchange/files/catalogue-entry';
import type { FormatEntry } from '../../src/exchange/files/catalogue-format';
import { parseJsonFile } from '../../src/exchange/files/json-text';
import { parseYaml } from '../../src/exchange/files/yaml-text';
import { MetricDto } from '../../src/metrics/dto/metric.dto';
import { validate } from '../../src/validation/validate';

export interface DbtImport {
  entries: FormatEntry[];
  /** The documents by key. */
  documents: Record<string, JsonObject>;
  /** How many losses there are of each name. */
  losses: Record<string, number>;
  refusals: string[];
  notes: string[];
}

/** Reads YAML files of a dbt project together. Each document must be valid. */
export const readDbt = (...texts: string[]): DbtImport =>
  summary([
    ...dbtFormat.read(
      texts.flatMap((text, index) => parseYaml(text).map((parsed) => ({ path: `${index + 1}.yml`, parsed }))),
    ),
  ]);

/** The same for a manifest. */
export const readManifest = (value: unknown): DbtImport =>
  summary([...dbtManifestFormat.read([{ path: 'manifest.json', parsed: parseJsonFile(JSON.stringify(value)) }])]);

function summary(entries: FormatEntry[]): DbtImport {
  const documents: Record<string, JsonObject> = {};
  const losses: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.kind === 'loss') losses[entry.name] = (losses[entry.name] ?? 0) + 1;
    if (entry.kind !== 'ready') continue;
    documents[entry.key] = entry.document;
    expect(validate(MetricDto, entry.document).violations).toEqual([]);
  }
  const refusals = entries.flatMap((entry) => (entry.kind === 'refused' ? [entry.code] : []));
  const notes = entries.flatMap((entry) => (entry.kind === 'note' ? [entry.detail] : []));
  return { entries, documents, losses, refusals, notes };
}

/** The members of `extra.dbt`. */
export const dbtOf = (document: JsonObject | undefined): unknown =>
  (document?.['extra'] as JsonObject | undefined)?.['dbt'];

import { isObject, type JsonObject } from '../../files/catalogue-entry';
import type { PartReader } from './project';
import { objectsOf, textOf } from './values';
import { addExposures, addGroups, addMetrics, addSemanticModels, loseSavedQueries, sizeOf } from './yaml-project';

/** Whether a value is `semantic_manifest.json` of dbt or MetricFlow. */
export const isSemanticManifest = (value: JsonObject): boolean =>
  Array.isArray(value['semantic_models']) &&
  Array.isArray(value['metrics']) &&
  isObject(value['project_configuration']);

/** The version of a dbt artifact: `manifest/v12`; undefined for other files. */
export function artifactOf(value: JsonObject): string | undefined {
  const { metadata } = value;
  const url = isObject(metadata) ? textOf(metadata['dbt_schema_version']) : undefined;
  return /\/dbt\/([a-z-]+\/v\d+)(?:\.json)?$/.exec(url ?? '')?.[1];
}

/** Sections of `manifest.json` from which nothing is imported. */
const OTHER_SECTIONS = ['nodes', 'sources', 'macros', 'docs', 'selectors', 'unit_tests', 'functions'];

/** Adds `manifest.json` or `semantic_manifest.json`. */
export function addManifest(reader: PartReader): void {
  const value = reader.value as JsonObject;
  const artifact = artifactOf(value);
  if (artifact !== undefined && !artifact.startsWith('manifest/')) {
    reader.note('', `The file is the dbt artifact ${artifact}. It has no metrics.`);
    return;
  }
  reader.loseDuplicate();
  addSemanticModels(reader, '/semantic_models', value['semantic_models']);
  addMetrics(reader, '/metrics', value['metrics']);
  addGroups(reader, value['groups']);
  addExposures(reader, value['exposures']);
  loseSavedQueries(reader, '/saved_queries', value['saved_queries']);
  loseDisabled(reader, value['disabled']);
  const found = OTHER_SECTIONS.filter((section) => sizeOf(value[section]) > 0).map(
    (section) => `${section} (${sizeOf(value[section])})`,
  );
  if (found.length > 0) reader.note('', `These sections have no metrics and are not imported: ${found.join(', ')}.`);
  if (isObject(value['project_configuration']))
    reader.note('/project_configuration', 'Settings of the project are not imported.');
}

/** Reports the metrics that are switched off. A manifest has them by id, each as a list of its versions. */
function loseDisabled(reader: PartReader, disabled: unknown): void {
  if (!isObject(disabled)) return;
  for (const versions of Object.values(disabled))
    for (const { resource_type: type, name } of objectsOf(versions))
      if (type === 'metric')
        reader.lose('/disabled', 'disabled', `The metric ${textOf(name) ?? ''} is disabled and not imported.`);
}

import { isObject, type JsonObject } from '../files/catalogue-entry';
import type { CatalogueFormat, CataloguePart } from '../files/catalogue-format';
import { addManifest, artifactOf, isSemanticManifest } from './project/manifest';
import { PartReader, Project } from './project/project';
import { readProject } from './read-project';
import { addYaml, OTHER_SECTIONS } from './project/yaml-project';

const CERTAIN = 0.9;
const LIKELY = 0.6;
const POSSIBLE = 0.3;

/** A dbt project: YAML files in the legacy specification (`semantic_models`) or that of dbt 1.12 and 2.0. */
export const dbtFormat: CatalogueFormat = {
  name: 'dbt',
  detect: (value) => {
    // A YAML document without content, as after the last `---` of a file.
    if (value === null) return POSSIBLE;
    if (typeof value === 'string') return LINK.test(value) ? POSSIBLE : 0;
    if (!isObject(value) || isOwn(value) || isSemanticManifest(value) || artifactOf(value)) return 0;
    if (isNamed(value['metric']) || isNamed(value['semantic_model'])) return CERTAIN;
    const lists = LISTS.filter((name) => Object.hasOwn(value, name));
    const isProject = lists.length > 0 && lists.every((name) => isNamedList(value[name])) && hasTypes(value['metrics']);
    if (isProject && (Object.hasOwn(value, 'metrics') || Object.hasOwn(value, 'semantic_models'))) return CERTAIN;
    if (isProject) return LIKELY;
    return isConfiguration(value) ? LIKELY : 0;
  },
  *read(parts) {
    yield* readProject(projectOf(parts, addYaml));
  },
};

/** `manifest.json` of dbt (version 12, others as far as they agree) and `semantic_manifest.json`. */
export const dbtManifestFormat: CatalogueFormat = {
  name: 'dbt-manifest',
  detect: (value) => (isObject(value) && (isSemanticManifest(value) || artifactOf(value) !== undefined) ? CERTAIN : 0),
  *read(parts) {
    yield* readProject(projectOf(parts, addManifest));
  },
};

/** Collects what the parts have together, and releases each part: its text and places take as much memory again. */
function projectOf(parts: CataloguePart[], add: (reader: PartReader) => void): Project {
  const project = new Project();
  for (let part = parts.shift(); part; part = parts.shift()) add(new PartReader(part, project));
  return project;
}

/** A symbolic link of Git that was checked out as a text: the path of another YAML file. */
const LINK = /^[\w./-]{1,500}\.ya?ml$/;

const LISTS = ['metrics', 'semantic_models', 'models', 'saved_queries', 'exposures', 'groups', ...OTHER_SECTIONS];

/** Whether a value has the form of this service or of the first MDL. */
const isOwn = (value: JsonObject) =>
  ['metric_id', 'domain_id', 'objective_id', 'items', 'domains', 'objectives'].some((name) =>
    Object.hasOwn(value, name),
  );

const isNamed = (value: unknown): boolean => isObject(value) && typeof value['name'] === 'string';

/** Whether a section is a list of things with a name. A section without entries is empty or null. */
function isNamedList(value: unknown): boolean {
  if (value === null) return true;
  if (!Array.isArray(value)) return false;
  const [first] = value as unknown[];
  return (
    first === undefined || first === null || (isObject(first) && !isOwn(first) && typeof first['name'] === 'string')
  );
}

/** Whether the metrics of a list have a member that only those of dbt have. One with a name alone can be of any format. */
function hasTypes(metrics: unknown): boolean {
  const [first] = Array.isArray(metrics) ? (metrics as unknown[]) : [];
  return !isObject(first) || TYPE_MEMBERS.some((name) => Object.hasOwn(first, name));
}

const TYPE_MEMBERS = ['type', 'type_params', 'agg', 'calculation_method', 'expression', 'expr', 'config'];

/** Members that only the configuration files of a project have, with the names of the files. */
const CONFIGURATION: readonly (readonly string[])[] = [
  ['config-version'],
  ['model-paths'],
  ['source-paths'],
  ['name', 'profile'],
  ['name', 'version', 'models'],
  ['project_configuration'],
  ['saved_query'],
  ['sha1_hash', 'packages'],
  ['dbt-cloud'],
  ['context', 'projects'],
  ['vars'],
];

/** Whether a value is `dbt_project.yml`, `packages.yml`, `dependencies.yml`, `selectors.yml` or `profiles.yml`. */
function isConfiguration(value: JsonObject): boolean {
  if (CONFIGURATION.some((names) => names.every((name) => Object.hasOwn(value, name)))) return true;
  const packages = value['packages'] ?? value['projects'];
  if (Array.isArray(packages) && packages.every(isPackage)) return true;
  const [profile] = Object.values(value).filter(isObject);
  return profile !== undefined && isObject(profile['outputs']) && typeof profile['target'] === 'string';
}

const PACKAGE = ['package', 'git', 'local', 'private', 'tarball', 'name'];
const isPackage = (item: unknown) => isObject(item) && PACKAGE.some((name) => Object.hasOwn(item, name));

import type { Resources } from '../resources';
import { type DocumentForm, type FirstMdlResource, isObject, type JsonObject } from './catalogue-entry';

/** A domain of the first MDL has a plain `id`. One of these fields must be there too. */
const FIRST_MDL_DOMAIN_FIELDS = ['key_metrics', 'stakeholders', 'owner'];

/** Fields that exist in one form only. `a.b` is the field `b` of `a`, or of each item of `a`. */
const FORM_FIELDS: Record<FirstMdlResource, { own: string[]; first: string[] }> = {
  domains: { own: ['domain_id'], first: ['id'] },
  metrics: {
    own: ['formula', 'owner', 'targets', 'direction', 'grain', 'depends_on', 'links', 'data.sources'],
    first: [
      'definition',
      'targets_and_alerts',
      'visualization',
      'relationships',
      'operational_usage',
      'data.primary_sources',
      'governance.owner_team',
      'governance.data_classification',
    ],
  },
  objectives: {
    own: ['domain_id', 'priority', 'strategic_pillar', 'key_results.target', 'key_results.baseline'],
    first: [
      'title',
      'start_date',
      'business_priority',
      'strategic_theme',
      'business_domain',
      'metric_ids',
      'key_results.target_value',
      'key_results.metric_id',
    ],
  },
};

/** The lists of a catalogue file of the first MDL. */
export const SECTIONS = Object.keys(FORM_FIELDS) as FirstMdlResource[];

const isFirstMdlResource = (resource: string): resource is FirstMdlResource => Object.hasOwn(FORM_FIELDS, resource);

/** Finds the resource of a document by its key member; undefined for a document without one. */
export function resourceOf(document: JsonObject, resources: Resources): string | undefined {
  const isFirstMdlDomain =
    Object.hasOwn(document, 'id') && FIRST_MDL_DOMAIN_FIELDS.some((name) => Object.hasOwn(document, name));
  return resources.find(document)?.resource ?? (isFirstMdlDomain ? 'domains' : undefined);
}

/**
 * Finds out what a document is; undefined where it has no key member.
 * @param section the list of a first MDL catalogue that the document is in. It decides the resource, and the form where
 *   no field does.
 */
export function kindOf(
  document: JsonObject,
  resources: Resources,
  section?: FirstMdlResource,
): (DocumentForm & { keyField: string }) | undefined {
  const resource = section ?? resourceOf(document, resources);
  if (resource === undefined) return undefined;
  const { keyMember } = resources.definitionOf(resource);
  if (!isFirstMdlResource(resource) || !hasFirstMdlForm(resource, document, section !== undefined))
    return { form: 'own', resource, keyField: keyMember };
  const hasPlainId = resource === 'domains' && !Object.hasOwn(document, keyMember);
  return { form: 'first-mdl', resource, keyField: hasPlainId ? 'id' : keyMember };
}

function hasFirstMdlForm(resource: FirstMdlResource, document: JsonObject, byDefault: boolean): boolean {
  const { own, first } = FORM_FIELDS[resource];
  if (own.some((path) => hasPath(document, path))) return false;
  return byDefault || first.some((path) => hasPath(document, path));
}

function hasPath(document: JsonObject, path: string): boolean {
  const [field = '', inner] = path.split('.');
  if (inner === undefined) return Object.hasOwn(document, field);
  const value = document[field];
  return [value].flat().some((item) => isObject(item) && Object.hasOwn(item, inner));
}

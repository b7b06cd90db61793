import { isObject, KEY_FIELDS, type DocumentForm, type JsonObject, type Resource } from './catalogue-entry';

/** Order matters: an objective has a domain_id too. */
const BY_KEY_FIELD = ['objectives', 'metrics', 'domains'] as const satisfies Resource[];

/** A domain of the first MDL has a bare `id`; these of its fields tell it from any other thing with an id. */
const FIRST_MDL_DOMAIN_FIELDS = ['key_metrics', 'stakeholders', 'owner'];

/** Fields that exist in one form only. A dot goes one level down, into each item where that is a list. */
const FORM_FIELDS: Record<Resource, { own: string[]; first: string[] }> = {
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
  domains: { own: ['domain_id'], first: ['id'] },
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

/** What a document is, by the key field it has; undefined where it has none. */
export function resourceOf(document: JsonObject): Resource | undefined {
  const byKey = BY_KEY_FIELD.find((resource) => Object.hasOwn(document, KEY_FIELDS[resource]));
  if (byKey) return byKey;
  const oldDomain =
    Object.hasOwn(document, 'id') && FIRST_MDL_DOMAIN_FIELDS.some((name) => Object.hasOwn(document, name));
  return oldDomain ? 'domains' : undefined;
}

/**
 * Which form a document has.
 * @param inCatalogue it stands in a catalogue file of the first MDL, where a document with no telling field is of that form too
 */
export function formOf(resource: Resource, document: JsonObject, inCatalogue: boolean): DocumentForm {
  const { own, first } = FORM_FIELDS[resource];
  if (own.some((path) => hasPath(document, path))) return 'own';
  return inCatalogue || first.some((path) => hasPath(document, path)) ? 'first-mdl' : 'own';
}

/** The field that holds the key of a document in the form it has now. */
export function keyFieldOf(resource: Resource, form: DocumentForm, document: JsonObject): string {
  const field = KEY_FIELDS[resource];
  return form === 'first-mdl' && resource === 'domains' && !Object.hasOwn(document, field) ? 'id' : field;
}

function hasPath(document: JsonObject, path: string): boolean {
  const [field = '', inner] = path.split('.');
  if (inner === undefined) return Object.hasOwn(document, field);
  const value = document[field];
  return [value].flat().some((item) => isObject(item) && Object.hasOwn(item, inner));
}

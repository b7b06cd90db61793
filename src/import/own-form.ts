import { isObject, type JsonObject, type Resource } from './catalogue-entry';

/** The top-level fields a client may write. */
const WRITABLE: Record<Resource, ReadonlySet<string>> = {
  metrics: new Set([
    ...[
      'metric_id',
      'name',
      'short_name',
      'description',
      'synonyms',
      'status',
      'category',
      'tier',
      'metric_type',
      'kind',
    ],
    ...['business_domain', 'owner', 'contacts', 'tags', 'unit', 'direction', 'formula', 'grain', 'dimensions', 'data'],
    ...['targets', 'depends_on', 'related', 'replaced_by', 'governance', 'alignment', 'links', 'extra'],
  ]),
  domains: new Set([
    ...['domain_id', 'name', 'description', 'parent', 'owner_team', 'contact_email', 'color', 'key_areas', 'tags'],
    ...['status', 'extra'],
  ]),
  objectives: new Set([
    ...['objective_id', 'name', 'description', 'domain_id', 'parent', 'owner_team', 'status', 'priority'],
    ...['strategic_pillar', 'timeframe', 'key_results', 'extra'],
  ]),
};

/** Fields that the service adds when it answers: an export has them, an import must not bring them back. */
const ANSWERED = new Set([
  ...['version', 'created_at', 'updated_at', 'deleted_at', 'unresolved_refs'],
  ...['metric_count', 'objective_count', 'progress', 'progress_status'],
]);

/**
 * A document in our form, ready to be written: what the service computes is dropped, and unknown fields move to
 * `extra`. One that `extra` has already stays where it is, to be refused: neither value may replace the other.
 */
export function ownDocument(resource: Resource, document: JsonObject): JsonObject {
  const { extra } = document;
  const kept: JsonObject = {};
  const unknown: JsonObject = {};
  for (const [name, value] of Object.entries(document)) {
    if (WRITABLE[resource].has(name)) kept[name] = value;
    else if (!ANSWERED.has(name)) unknown[name] = value;
  }
  if (Object.keys(unknown).length === 0) return kept;
  if (extra === undefined || extra === null) return { ...kept, extra: unknown };
  const clash = !isObject(extra) || Object.keys(unknown).some((name) => Object.hasOwn(extra, name));
  return clash ? { ...kept, ...unknown } : { ...kept, extra: { ...extra, ...unknown } };
}

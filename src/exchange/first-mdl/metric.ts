import type { JsonObject } from '../files/catalogue-entry';
import type { DomainDirectory } from './domain-directory';
import { takeBusinessDomain } from './business-domain';
import { takeFormula } from './formula';
import { OldDocument, withoutEmpty } from './old-document';
import { takeTargets } from './targets';
import { bool, key, oneOf, slug, text, translated, webAddress } from './values';

const DIRECTIONS = ['increase', 'decrease', 'maintain'] as const;
const TYPES = ['leading', 'lagging', 'operational'] as const;
const STATUSES = ['draft', 'active', 'deprecated', 'archived'] as const;
const GRAINS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
const CLASSIFICATIONS = ['public', 'internal', 'confidential', 'restricted'] as const;
const TIERS = {
  ...{ 'tier-1': 'tier-1', 'tier 1': 'tier-1', tier_1: 'tier-1', tier1: 'tier-1' },
  ...{ 'tier-2': 'tier-2', 'tier 2': 'tier-2', tier_2: 'tier-2', tier2: 'tier-2' },
  ...{ 'tier-3': 'tier-3', 'tier 3': 'tier-3', tier_3: 'tier-3', tier3: 'tier-3' },
} as const;

const MAX_ITEMS = 50;
const MAX_KEYS = 100;

/** A metric of the first MDL as ours. Values that don't fit a field of ours stay in `extra`; none is made up. */
export function metricFromFirstMdl(source: JsonObject, domains: DomainDirectory): JsonObject {
  const old = new OldDocument(source);
  const metricId = old.take('metric_id', (value) => (typeof value === 'string' ? value.trim() : undefined));
  const otherMetric = (value: unknown): string | undefined => {
    const found = key(value);
    return found?.toLowerCase() === metricId?.toLowerCase() ? undefined : found;
  };
  const direction = old.take('definition.expected_direction', oneOf(DIRECTIONS));
  const document = {
    metric_id: metricId,
    name: old.take('name', text(500)),
    short_name: old.take('short_name', text(100)),
    description: old.take('description', text(10_000)),
    status: takeStatus(old),
    category: old.take('category', slug),
    tier: old.take('tier', translated(TIERS)),
    metric_type: old.take('metric_type', oneOf(TYPES)),
    business_domain: takeBusinessDomain(old, domains),
    owner: old.take('governance.owner_team', text(200)),
    contacts: {
      technical: old.take('governance.technical_owner', text(200)),
      business: old.take('governance.business_owner', text(200)),
    },
    tags: old.takeEach('tags', slug, MAX_ITEMS),
    unit: old.take('definition.unit', text(40)),
    direction,
    formula: takeFormula(old),
    grain: old.takeEach('data.time_grain', oneOf(GRAINS), GRAINS.length),
    dimensions: old.takeItems('dimensions', 'name', dimension, MAX_KEYS),
    data: {
      sources: takeSources(old),
      freshness: old.take('data.data_freshness', text(200)),
      retention: old.take('data.data_retention', text(200)),
    },
    targets: takeTargets(old, direction),
    depends_on: old.takeEach('relationships.upstream_metric_ids', otherMetric, MAX_KEYS),
    related: old.takeEach('relationships.downstream_metric_ids', otherMetric, MAX_KEYS),
    governance: {
      classification: old.take('governance.data_classification', oneOf(CLASSIFICATIONS)),
      pii: old.take('governance.pii_involved', bool),
      regulatory: old.takeEach('governance.regulatory_constraints', text(200), MAX_ITEMS),
    },
    alignment: {
      why_it_matters: old.take('alignment.why_it_matters', text(10_000)),
      strategic_pillar: old.take('alignment.strategic_pillar', text(200)),
    },
    links: takeLinks(old),
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}

/** A status we don't have makes a draft; the old word stays in `extra`. */
function takeStatus(old: OldDocument): string | undefined {
  const status = old.take('governance.status', oneOf(STATUSES));
  return status ?? (old.peek('governance.status') === undefined ? undefined : 'draft');
}

function dimension(old: OldDocument): JsonObject | undefined {
  const name = old.take('name', text(200));
  if (name === undefined) return undefined;
  return {
    name,
    allowed_values: old.takeEach('allowed_values', (value) => (typeof value === 'string' ? value : undefined), 1000),
    required: old.take('required', bool),
  };
}

/** Primary sources come first; that order is all that our list keeps of the difference. */
function takeSources(old: OldDocument): JsonObject[] {
  const primary = old.takeItems('data.primary_sources', 'system', source, MAX_ITEMS);
  const secondary = old.takeItems('data.secondary_sources', 'system', source, MAX_ITEMS - primary.length);
  return [...primary, ...secondary];
}

function source(old: OldDocument): JsonObject | undefined {
  const system = old.take('system', text(200));
  if (system === undefined) return undefined;
  return {
    system,
    object: old.take('table_or_stream', text(500)),
    connection: old.take('connection_id', text(200)),
  };
}

/** Only what a browser may open is a link; any other address stays in `extra`. */
function takeLinks(old: OldDocument): JsonObject[] {
  const link = (kind: string, title: string) => (item: OldDocument) => {
    const url = item.take('url', webAddress);
    return url === undefined ? undefined : { kind, title: item.take(title, text(500)), url };
  };
  const dashboards = old.takeItems('visualization.dashboard_locations', 'url', link('dashboard', 'tool'), MAX_ITEMS);
  const room = MAX_ITEMS - dashboards.length;
  return [...dashboards, ...old.takeItems('operational_usage.linked_playbooks', 'url', link('playbook', 'name'), room)];
}

import { CreateMetricDto } from '../../metrics/dto/create-metric.dto';
import {
  DataSourceReference,
  MetricAlignment,
  MetricContacts,
  MetricData,
  MetricDimension,
  MetricGovernance,
  MetricLink,
} from '../../metrics/dto/metric-sections';
import {
  CLASSIFICATIONS,
  DIRECTIONS,
  GRAINS,
  type LINK_KINDS,
  METRIC_STATUSES,
  METRIC_TYPES,
  TIERS,
} from '../../metrics/metric.values';
import type { JsonObject } from '../files/catalogue-entry';
import { takeBusinessDomain } from './business-domain';
import type { DomainDirectory } from './domain-directory';
import { takeFormula } from './formula';
import { OldDocument, withoutEmpty } from './old-document';
import { takeTargets } from './targets';
import { bool, type Convert, item, key, maxItems, oneOf, slug, text } from './values';

/** Converts a metric of the first MDL. Values that do not fit stay in `extra`; no value is invented. */
export function metricFromFirstMdl(source: JsonObject, domains: DomainDirectory): JsonObject {
  const old = new OldDocument(source);
  const metricId = old.take('metric_id', (value) => (typeof value === 'string' ? value.trim() : undefined));
  const otherMetric: Convert<string> = (value) => {
    const found = key(value);
    return found?.toLowerCase() === metricId?.toLowerCase() ? undefined : found;
  };
  const direction = old.take('definition.expected_direction', oneOf(DIRECTIONS));
  const document = {
    metric_id: metricId,
    name: old.take('name', text(CreateMetricDto, 'name')),
    short_name: old.take('short_name', text(CreateMetricDto, 'short_name')),
    description: old.take('description', text(CreateMetricDto, 'description')),
    status: takeStatus(old),
    category: old.take('category', slug),
    tier: old.take('tier', tier),
    metric_type: old.take('metric_type', oneOf(METRIC_TYPES)),
    business_domain: takeBusinessDomain(old, domains),
    owner: old.take('governance.owner_team', text(CreateMetricDto, 'owner')),
    contacts: {
      technical: old.take('governance.technical_owner', text(MetricContacts, 'technical')),
      business: old.take('governance.business_owner', text(MetricContacts, 'business')),
    },
    tags: old.takeEach('tags', slug, maxItems(CreateMetricDto, 'tags')),
    unit: old.take('definition.unit', text(CreateMetricDto, 'unit')),
    direction,
    formula: takeFormula(old),
    grain: old.takeEach('data.time_grain', oneOf(GRAINS), maxItems(CreateMetricDto, 'grain')),
    dimensions: old.takeItems('dimensions', 'name', takeDimension, maxItems(CreateMetricDto, 'dimensions')),
    data: {
      sources: takeSources(old),
      freshness: old.take('data.data_freshness', text(MetricData, 'freshness')),
      retention: old.take('data.data_retention', text(MetricData, 'retention')),
    },
    targets: takeTargets(old, direction),
    depends_on: old.takeEach('relationships.upstream_metric_ids', otherMetric, maxItems(CreateMetricDto, 'depends_on')),
    related: old.takeEach('relationships.downstream_metric_ids', otherMetric, maxItems(CreateMetricDto, 'related')),
    governance: {
      classification: old.take('governance.data_classification', oneOf(CLASSIFICATIONS)),
      pii: old.take('governance.pii_involved', bool),
      regulatory: old.takeEach(
        'governance.regulatory_constraints',
        item(MetricGovernance, 'regulatory'),
        maxItems(MetricGovernance, 'regulatory'),
      ),
    },
    alignment: {
      why_it_matters: old.take('alignment.why_it_matters', text(MetricAlignment, 'why_it_matters')),
      strategic_pillar: old.take('alignment.strategic_pillar', text(MetricAlignment, 'strategic_pillar')),
    },
    links: takeLinks(old),
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}

/** "Tier 1", "tier_1" and "tier1" are `tier-1`. */
const tier: Convert<string> = (value) =>
  oneOf(TIERS)(typeof value === 'string' ? value.trim().replace(/^tier[ _]?(?=\d$)/i, 'tier-') : value);

/** Converts the status. An unknown status stays in `extra`, and the metric becomes a draft. */
function takeStatus(old: OldDocument): string | undefined {
  const status = old.take('governance.status', oneOf(METRIC_STATUSES));
  return status ?? (old.peek('governance.status') === undefined ? undefined : 'draft');
}

function takeDimension(old: OldDocument): JsonObject | undefined {
  const name = old.take('name', text(MetricDimension, 'name'));
  if (name === undefined) return undefined;
  return {
    name,
    allowed_values: old.takeEach(
      'allowed_values',
      item(MetricDimension, 'allowed_values'),
      maxItems(MetricDimension, 'allowed_values'),
    ),
    required: old.take('required', bool),
  };
}

/** Converts both lists of sources to one, primary sources first. */
function takeSources(old: OldDocument): JsonObject[] {
  const limit = maxItems(MetricData, 'sources');
  const primary = old.takeItems('data.primary_sources', 'system', takeSource, limit);
  const secondary = old.takeItems('data.secondary_sources', 'system', takeSource, limit - primary.length);
  return [...primary, ...secondary];
}

function takeSource(old: OldDocument): JsonObject | undefined {
  const system = old.take('system', text(DataSourceReference, 'system'));
  if (system === undefined) return undefined;
  return {
    system,
    object: old.take('table_or_stream', text(DataSourceReference, 'object')),
    connection: old.take('connection_id', text(DataSourceReference, 'connection')),
  };
}

/** Converts dashboards and playbooks with a web address to links. Others stay in `extra`. */
function takeLinks(old: OldDocument): JsonObject[] {
  const limit = maxItems(CreateMetricDto, 'links');
  const link = (kind: (typeof LINK_KINDS)[number], title: string) => (entry: OldDocument) => {
    const url = entry.take('url', text(MetricLink, 'url'));
    return url === undefined ? undefined : { kind, title: entry.take(title, text(MetricLink, 'title')), url };
  };
  const dashboards = old.takeItems('visualization.dashboard_locations', 'url', link('dashboard', 'tool'), limit);
  const room = limit - dashboards.length;
  return [...dashboards, ...old.takeItems('operational_usage.linked_playbooks', 'url', link('playbook', 'name'), room)];
}

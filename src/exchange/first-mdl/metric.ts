import { MetricDto } from '../../metrics/dto/metric.dto';
import {
  DataSourceReference,
  MetricAlignment,
  MetricContacts,
  MetricData,
  MetricDimension,
  MetricGovernance,
  MetricLink,
  MetricTargets,
} from '../../metrics/dto/metric-sections';
import { findMisorderedTargets } from '../../metrics/metric.rules';
import { METRIC_STATUSES, TIERS } from '../../metrics/metric.values';
import type { JsonObject } from '../files/catalogue-entry';
import type { DomainDirectory } from './domain-directory';
import { takeFormula } from './formula';
import { OldDocument, withoutEmpty } from './old-document';
import { type Convert, itemLimit, key, oneOf, slug, trim } from './values';

/** Converts a metric of the first MDL. Values that do not fit stay in `extra`; no value is invented. */
export function metricFromFirstMdl(source: JsonObject, domains: DomainDirectory): JsonObject {
  const old = new OldDocument(source);
  const metricId = old.take('metric_id', trim);
  const otherMetric: Convert<string> = (value) => {
    const found = key(value);
    return found?.toLowerCase() === metricId?.toLowerCase() ? undefined : found;
  };
  const members = old.takeMembers(MetricDto, {
    name: 'name',
    short_name: 'short_name',
    description: 'description',
    metric_type: 'metric_type',
    owner: 'governance.owner_team',
    unit: 'definition.unit',
    direction: 'definition.expected_direction',
    grain: 'data.time_grain',
  });
  const document = {
    metric_id: metricId,
    ...members,
    status: old.takeStatus('governance.status', oneOf(METRIC_STATUSES)),
    category: old.take('category', slug),
    tier: old.take('tier', tier),
    business_domain: domains.takeFrom(old),
    contacts: old.takeMembers(MetricContacts, {
      technical: 'governance.technical_owner',
      business: 'governance.business_owner',
    }),
    tags: old.takeEach('tags', slug, itemLimit(MetricDto, 'tags')),
    formula: takeFormula(old),
    dimensions: old.takeItems('dimensions', 'name', takeDimension, itemLimit(MetricDto, 'dimensions')),
    data: {
      // Primary sources come first.
      sources: old.takeItems(SOURCES, 'system', takeSource, itemLimit(MetricData, 'sources')),
      ...old.takeMembers(MetricData, { freshness: 'data.data_freshness', retention: 'data.data_retention' }),
    },
    targets: takeTargets(old, members),
    depends_on: old.takeEach('relationships.upstream_metric_ids', otherMetric, itemLimit(MetricDto, 'depends_on')),
    related: old.takeEach('relationships.downstream_metric_ids', otherMetric, itemLimit(MetricDto, 'related')),
    governance: old.takeMembers(MetricGovernance, {
      classification: 'governance.data_classification',
      pii: 'governance.pii_involved',
      regulatory: 'governance.regulatory_constraints',
    }),
    alignment: old.takeMembers(MetricAlignment, {
      why_it_matters: 'alignment.why_it_matters',
      strategic_pillar: 'alignment.strategic_pillar',
    }),
    links: takeLinks(old),
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}

/** "Tier 1", "tier_1" and "tier1" are `tier-1`. */
const tier: Convert<string> = (value) => oneOf(TIERS)(trim(value)?.replace(/^tier[ _]?(?=\d$)/i, 'tier-'));

function takeDimension(old: OldDocument) {
  const paths = { name: 'name', allowed_values: 'allowed_values', required: 'required' };
  const dimension = old.takeMembers(MetricDimension, paths);
  return dimension.name === undefined ? undefined : dimension;
}

const SOURCES = ['data.primary_sources', 'data.secondary_sources'];

function takeSource(old: OldDocument) {
  const paths = { system: 'system', object: 'table_or_stream', connection: 'connection_id' };
  const source = old.takeMembers(DataSourceReference, paths);
  return source.system === undefined ? undefined : source;
}

/**
 * Converts the old target and thresholds. If they contradict the direction, all of them stay in `extra`: only the owner
 * knows which value is wrong.
 */
function takeTargets(old: OldDocument, metric: Partial<MetricDto>) {
  const take = (from: OldDocument) =>
    from.takeMembers(MetricTargets, {
      target: 'targets_and_alerts.target_value',
      warning: 'targets_and_alerts.warning_threshold',
      critical: 'targets_and_alerts.critical_threshold',
    });
  const copy = new OldDocument({ targets_and_alerts: old.peek('targets_and_alerts') });
  const misordered = findMisorderedTargets({ ...metric, targets: take(copy) });
  return misordered.length > 0 ? undefined : take(old);
}

/** Converts dashboards and playbooks with a web address to links. Others stay in `extra`. */
function takeLinks(old: OldDocument): JsonObject[] {
  const limit = itemLimit(MetricDto, 'links') ?? Infinity;
  const link = (kind: string, title: string) => (entry: OldDocument) => {
    const found = entry.takeMembers(MetricLink, { url: 'url', title });
    return found.url === undefined ? undefined : { kind, ...found };
  };
  const dashboards = old.takeItems('visualization.dashboard_locations', 'url', link('dashboard', 'tool'), limit);
  const room = limit - dashboards.length;
  return [...dashboards, ...old.takeItems('operational_usage.linked_playbooks', 'url', link('playbook', 'name'), room)];
}

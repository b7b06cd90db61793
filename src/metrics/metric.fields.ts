import {
  baseFields,
  type DocumentFields,
  extraField,
  lowerTextOf,
  textOf,
} from '../documents/definition/document-fields';
import { CLASSIFICATIONS, DIRECTIONS, GRAINS, KINDS, METRIC_STATUSES, METRIC_TYPES, TIERS } from './metric.values';

/** The queryable fields of a metric as SQL. Each has its index in migrations/. */
export const metricFields = {
  metric_id: { sql: 'lower(key)', match: 'key', sortable: true },
  name: { sql: `(lower(data ->> 'name') COLLATE "C")`, sortable: true },
  status: { sql: 'status', match: 'equals', values: METRIC_STATUSES, facet: true },
  category: { sql: textOf('category'), match: 'equals', words: true, sortable: true, facet: true },
  tier: { sql: textOf('tier'), match: 'equals', values: TIERS, sortable: true, facet: true },
  metric_type: { sql: textOf('metric_type'), match: 'equals', values: METRIC_TYPES },
  kind: { sql: textOf('kind'), match: 'equals', values: KINDS },
  business_domain: {
    sql: textOf('business_domain'),
    match: 'equals',
    keys: 'domains',
    sortable: true,
    facet: true,
    missing: `NOT data ? 'business_domain'`,
  },
  include_subdomains: { sql: 'true', match: 'flag', widens: 'business_domain' },
  owner: {
    sql: textOf('owner'),
    anyCase: lowerTextOf('owner'),
    match: 'equals',
    sortable: true,
    facet: true,
    missing: `NOT data ? 'owner'`,
  },
  description: { sql: textOf('description'), missing: `NOT data ? 'description'` },
  formula: { sql: `(data #>> '{formula,expression}')`, missing: `(data #>> '{formula,expression}') IS NULL` },
  unit: { sql: textOf('unit'), match: 'equals', missing: `NOT data ? 'unit'` },
  direction: { sql: textOf('direction'), match: 'equals', values: DIRECTIONS },
  tags: { sql: `(data -> 'tags')`, match: 'contains', words: true, facet: true },
  grain: { sql: `(data -> 'grain')`, match: 'contains', values: GRAINS },
  depends_on: { sql: `(data -> 'depends_on')`, match: 'contains', keys: 'metrics' },
  classification: { sql: `(data #>> '{governance,classification}')`, match: 'equals', values: CLASSIFICATIONS },
  pii: { sql: `(data #>> '{governance,pii}')`, match: 'equals', values: ['true', 'false'] },
  extra: extraField,
  ...baseFields,
  q: { ...baseFields.q, namedBy: 'domains' },
} as const satisfies DocumentFields;

import {
  baseFields,
  type DocumentFields,
  extraField,
  lowerTextOf,
  textOf,
} from '../documents/definition/document-fields';
import { OBJECTIVE_STATUSES, PRIORITIES } from './objective.values';

/** SQL for the metrics of all key results as one JSON array. */
export const metricIdsSql = `jsonb_path_query_array(data, '$.key_results[*].metric_ids[*]')`;

/** The queryable fields of an objective as SQL. Each has its index in migrations/. */
export const objectiveFields = {
  objective_id: { sql: 'lower(key)', match: 'key', sortable: true },
  name: { sql: `(lower(data ->> 'name') COLLATE "C")`, sortable: true },
  status: { sql: 'status', match: 'equals', values: OBJECTIVE_STATUSES, facet: true },
  priority: { sql: textOf('priority'), match: 'equals', values: PRIORITIES, facet: true },
  domain_id: { sql: textOf('domain_id'), match: 'equals', keys: 'domains', sortable: true, facet: true },
  parent: { sql: textOf('parent'), match: 'equals', keys: 'objectives' },
  owner_team: {
    sql: textOf('owner_team'),
    anyCase: lowerTextOf('owner_team'),
    match: 'equals',
    sortable: true,
    facet: true,
  },
  metric_id: { sql: metricIdsSql, match: 'contains', keys: 'metrics' },
  active_on: { sql: `(data #>> '{timeframe,start}')`, until: `(data #>> '{timeframe,end}')`, match: 'during' },
  extra: extraField,
  ...baseFields,
} as const satisfies DocumentFields;

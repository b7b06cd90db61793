import {
  baseFields,
  type DocumentFields,
  extraField,
  lowerTextOf,
  textOf,
} from '../documents/definition/document-fields';
import { DOMAIN_STATUSES } from './domain.values';

/** The queryable fields of a domain as SQL. Each has its index in migrations/. */
export const domainFields = {
  domain_id: { sql: 'lower(key)', match: 'key', sortable: true },
  name: { sql: `(lower(data ->> 'name') COLLATE "C")`, sortable: true },
  status: { sql: 'status', match: 'equals', values: DOMAIN_STATUSES, facet: true },
  parent: { sql: textOf('parent'), match: 'equals', keys: 'domains', sortable: true, facet: true },
  owner_team: {
    sql: textOf('owner_team'),
    anyCase: lowerTextOf('owner_team'),
    match: 'equals',
    sortable: true,
    facet: true,
  },
  tags: { sql: `(data -> 'tags')`, match: 'contains', words: true, facet: true },
  extra: extraField,
  ...baseFields,
} as const satisfies DocumentFields;

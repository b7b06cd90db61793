import { baseFields, type DocumentFields, textOf } from '../../../src/documents/definition/document-fields';

/** The queryable fields of a term as SQL. Each has its index in the migration. */
export const termFields = {
  term_id: { sql: 'lower(key)', match: 'key', sortable: true },
  name: { sql: `(lower(data ->> 'name') COLLATE "C")`, sortable: true },
  owner: { sql: textOf('owner'), match: 'equals', sortable: true, facet: true },
  synonyms: { sql: `(data -> 'synonyms')`, match: 'contains', facet: true },
  ...baseFields,
} as const satisfies DocumentFields;

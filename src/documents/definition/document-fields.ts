/**
 * How a field can be filtered, which determines its query parameters:
 * - `key`: `name=a,b` and `name_prefix=a`
 * - `equals`: `name=a,b` matches any of the values
 * - `contains`: `name=a,b` matches any and `name_all=a,b` all values; the SQL returns a JSON array of strings
 * - `range`: the field `updated_at` has the parameters `updated_after` and `updated_before`
 * - `during`: `name=2026-12-31` lies between `sql` and `until`, both dates as text
 * - `text`: full-text search; the SQL is a column of the search table
 * - `flag`: `name=true`; the SQL is a condition
 * - `members`: `name.a.b=value` matches a member at any depth; the SQL returns a JSON object
 */
export type Match = 'key' | 'equals' | 'contains' | 'range' | 'during' | 'text' | 'flag' | 'members';

export interface DocumentField {
  /** An expression over the columns of the table, spelled exactly as in its index. Never built from a request. */
  readonly sql: string;
  readonly match?: Match;
  /** The closed list of values, if there is one. */
  readonly values?: readonly string[];
  /** Allowed in `sort`. The SQL must never return NULL: keyset pagination cannot compare NULL. */
  readonly sortable?: true;
  /** Allowed in `missing`: the SQL condition that the document lacks the field. */
  readonly missing?: string;
  /** Holds keys of documents of this resource, spelled as the documents spell them. Filters take them in any case. */
  readonly keys?: string;
  /** A text search also finds documents that have the key of a document of this resource, by its name. */
  readonly namedBy?: string;
  /** Holds lower-case words of an open vocabulary. Filters take them in any case. */
  readonly words?: true;
  /** The SQL in lower case, which filters compare with; its index is that of the default order. */
  readonly anyCase?: string;
  /** A flag without a condition of its own: `true` extends this other filter to descendants. */
  readonly widens?: string;
  /** The SQL type of the expression if it is not text; cursor values are cast to it. */
  readonly type?: 'timestamptz';
  /** The end of a `during` range. */
  readonly until?: string;
  /** Counted by value in `stats`. */
  readonly facet?: true;
}

/** The queryable fields of a resource: the one list behind query parameters, cursors, OpenAPI and the index test. */
export type DocumentFields = Readonly<Record<string, DocumentField>>;

/** SQL for a text member of the document as its index spells it: never NULL, compared by code point. */
export const textOf = (member: string) => `(coalesce(data ->> '${member}', '') COLLATE "C")`;

/** SQL for a text member of the document in lower case, as its index spells it: never NULL, the same on any server. */
export const lowerTextOf = (member: string) =>
  `(lower(coalesce(data ->> '${member}', '') COLLATE pg_c_utf8) COLLATE "C")`;

/** The members of `extra`, which sources of imports fill. */
export const extraField = { sql: `(data -> 'extra')`, match: 'members' } as const satisfies DocumentField;

/** The fields that every resource has. */
export const baseFields = {
  created_at: { sql: 'created_at', match: 'range', sortable: true, type: 'timestamptz' },
  updated_at: { sql: 'updated_at', match: 'range', sortable: true, type: 'timestamptz' },
  unresolved: { sql: `unresolved_refs <> '{}'`, match: 'flag' },
  q: { sql: 'terms', match: 'text' },
} as const satisfies DocumentFields;

/**
 * How a field may be asked for, which gives the query parameters it answers to:
 * - `key`: `name=a,b` and `name_prefix=a`
 * - `equals`: `name=a,b`, any of them
 * - `contains`: `name=a,b` any and `name_all=a,b` all; the SQL gives a JSON array of strings
 * - `range`: `updated_at` answers to `updated_after` and `updated_before`
 * - `during`: `name=2026-12-31` lies from `sql` to `until`, both dates as text
 * - `text`: web search syntax over a tsvector
 * - `flag`: `name=true`, whose SQL is a condition
 */
export type Match = 'key' | 'equals' | 'contains' | 'range' | 'during' | 'text' | 'flag';

export interface DocumentField {
  /** An expression over the columns of the table, spelled as in its index. Never made from a request. */
  readonly sql: string;
  readonly match?: Match;
  /** The closed list of values, where there is one. */
  readonly values?: readonly string[];
  /** May stand in `sort`; the SQL gives no NULL (NULLs have no place in a keyset). */
  readonly sortable?: true;
  /** May stand in `missing`: the condition that a document lacks the field. */
  readonly missing?: string;
  /** Holds keys of other documents: compared as they are spelled, which is how references are kept. */
  readonly keys?: true;
  /** A flag that is no condition of its own: at true it widens this other filter to what lies below. */
  readonly widens?: string;
  /** The type of the expression where it is not text: a cursor's value is cast to it. */
  readonly type?: 'timestamptz';
  /** The end of a `during`. */
  readonly until?: string;
  /** Counted by value in `stats`. */
  readonly facet?: true;
}

/** What may be filtered, sorted, searched and counted: the one list that feeds parameters, cursors, OpenAPI and index tests. */
export type DocumentFields = Readonly<Record<string, DocumentField>>;

/** A text member of the document as it is indexed: never NULL, in the order of code points. */
export const textOf = (member: string) => `(coalesce(data ->> '${member}', '') COLLATE "C")`;

/** The fields that every resource has. */
export const baseFields = {
  created_at: { sql: 'created_at', match: 'range', sortable: true, type: 'timestamptz' },
  updated_at: { sql: 'updated_at', match: 'range', sortable: true, type: 'timestamptz' },
  unresolved: { sql: `unresolved_refs <> '{}'`, match: 'flag' },
  q: { sql: 'search', match: 'text' },
} as const satisfies DocumentFields;

import type { QueryRunner } from 'typeorm';
import { createDocumentSearch, type DocumentSearch, dropDocumentSearch } from './document-search.ts';

/** How a field is queried, as in the fields of the resource (`src/documents/definition/document-fields.ts`). */
export interface IndexedField {
  /** The SQL expression, spelled exactly as in the fields of the resource. */
  sql: string;
  match?: 'equals' | 'contains' | 'during' | 'members';
  /** The expression in lower case, with which filters compare. */
  anyCase?: string;
  sortable?: true;
  /** The condition of `missing`. */
  missing?: string;
  /** The end of a `during` range. */
  until?: string;
}

/** A document table. A migration states it in full, because fields of the resource change later. */
export interface DocumentTable {
  /** The resource: `teams`. */
  name: string;
  /** The member that holds the key: `team_id`. */
  keyMember: string;
  /** The allowed statuses, the status of a new document first; absent when the resource has no status. */
  statuses?: readonly string[];
  /** The queryable fields, besides the key, the status and those that every resource has. */
  fields: Readonly<Record<string, IndexedField>>;
  /** What `q` finds, besides the key. */
  search: DocumentSearch;
  /** Foreign-key columns with the table that each refers to: `{ parent_id: 'teams' }`. */
  foreignKeys?: Readonly<Record<string, string>>;
}

/** Creates the table with its checks, search, indexes and change tracking. */
export async function createDocumentTable(runner: QueryRunner, table: DocumentTable): Promise<void> {
  await runner.query(tableSql(table));
  await createDocumentSearch(runner, table.name, table.search);
  for (const index of indexSql(table)) await runner.query(index);
  // The cache compares generations, which triggers advance with each commit (docs/adr/0010).
  await runner.query(`SELECT track_changes('${table.name}')`);
}

/** Undoes `createDocumentTable`. */
export async function dropDocumentTable(runner: QueryRunner, { name }: Pick<DocumentTable, 'name'>): Promise<void> {
  await runner.query(`SELECT untrack_changes('${name}')`);
  // A table created again reuses ids, so the revisions of the old documents must go.
  await runner.query(`ALTER TABLE revisions DISABLE TRIGGER USER`);
  await runner.query(`DELETE FROM revisions WHERE resource = '${name}'`);
  await runner.query(`ALTER TABLE revisions ENABLE TRIGGER USER`);
  await dropDocumentSearch(runner, name);
  await runner.query(`DROP TABLE ${name}`);
}

/** Creates the indexes of fields that are added to an existing table. */
export async function createFieldIndexes(
  runner: QueryRunner,
  table: string,
  fields: DocumentTable['fields'],
): Promise<void> {
  for (const [field, definition] of Object.entries(fields))
    for (const index of fieldIndexSql(table, field, definition)) await runner.query(index);
}

/** Undoes `createFieldIndexes`. */
export async function dropFieldIndexes(
  runner: QueryRunner,
  table: string,
  fields: DocumentTable['fields'],
): Promise<void> {
  for (const [field, definition] of Object.entries(fields))
    for (const index of fieldIndexSql(table, field, definition))
      await runner.query(`DROP INDEX ${/^CREATE INDEX (\w+)/.exec(index)?.[1] ?? ''}`);
}

function tableSql({ name, statuses, foreignKeys = {} }: DocumentTable): string {
  const list = (statuses ?? []).map((status) => `'${status}'`);
  const columns = [
    `id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT ${name}_pkey PRIMARY KEY`,
    `key text COLLATE "C" NOT NULL CONSTRAINT ${name}_key_check CHECK (key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')`,
    `data jsonb NOT NULL CONSTRAINT ${name}_data_check CHECK (jsonb_typeof(data -> 'name') = 'string')`,
    `version integer NOT NULL DEFAULT 1`,
    ...(list.length > 0
      ? [
          `status text NOT NULL DEFAULT ${list[0]}
             CONSTRAINT ${name}_status_check CHECK (status IN (${list.join(', ')}))`,
        ]
      : []),
    ...Object.entries(foreignKeys).map(
      ([column, target]) =>
        `${column} bigint CONSTRAINT ${name}_${column}_fkey REFERENCES ${target} (id) ON DELETE RESTRICT`,
    ),
    `unresolved_refs text[] NOT NULL DEFAULT '{}'`,
    `created_at timestamptz(3) NOT NULL DEFAULT now()`,
    `updated_at timestamptz(3) NOT NULL DEFAULT now()`,
    `deleted_at timestamptz(3)`,
  ];
  return `CREATE TABLE ${name} (\n  ${columns.join(',\n  ')}\n)`;
}

/** The indexes whose names `src/documents/definition/indexed-fields.ts` derives from the fields. */
function indexSql({ name, keyMember, statuses, fields, foreignKeys = {} }: DocumentTable): string[] {
  return [
    // Keys are unique regardless of case, deleted rows included.
    `CREATE UNIQUE INDEX ${name}_${keyMember}_idx ON ${name} (lower(key))`,
    ...(statuses ? [`CREATE INDEX ${name}_status_idx ON ${name} (status, updated_at, id) INCLUDE (deleted_at)`] : []),
    ...Object.entries(fields).flatMap(([field, definition]) => fieldIndexSql(name, field, definition)),
    `CREATE INDEX ${name}_created_at_idx ON ${name} (created_at, id) INCLUDE (deleted_at)`,
    `CREATE INDEX ${name}_updated_at_idx ON ${name} (updated_at, id)`,
    // The default list and its count.
    `CREATE INDEX ${name}_live_idx ON ${name} (updated_at, id) WHERE deleted_at IS NULL`,
    `CREATE INDEX ${name}_unresolved_idx ON ${name} USING gin (lower_all(unresolved_refs)) WHERE unresolved_refs <> '{}'`,
    ...Object.keys(foreignKeys).map(
      (column) => `CREATE INDEX ${name}_${column}_idx ON ${name} (${column}) WHERE deleted_at IS NULL`,
    ),
  ];
}

function fieldIndexSql(table: string, field: string, indexed: IndexedField): string[] {
  const { sql, match, sortable, missing, until, anyCase = sql } = indexed;
  const index = (suffix: string, definition: string) =>
    `CREATE INDEX ${table}_${field}_${suffix} ON ${table} ${definition}`;
  const indexes: string[] = [];
  if (match === 'contains') indexes.push(index('idx', `USING gin (${sql})`));
  if (match === 'members') indexes.push(index('idx', `USING gin (${sql} jsonb_path_ops)`));
  if (match === 'during') indexes.push(index('idx', `(${sql}, ${until})`));
  // A filter without sorting has the default order in its index; one with sorting has an index for each order.
  if (match === 'equals' && !sortable) indexes.push(index('idx', `(${anyCase}, updated_at, id)`));
  if (sortable) indexes.push(index('idx', `(${sql}, id)`));
  if (match === 'equals' && sortable) indexes.push(index('newest_idx', `(${anyCase}, updated_at, id)`));
  if (missing !== undefined)
    indexes.push(`CREATE INDEX ${table}_missing_${field}_idx ON ${table} (updated_at, id) WHERE ${missing}`);
  return indexes;
}

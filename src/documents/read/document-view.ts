import type { DocumentDefinition } from '../definition/document-definition';

/** A row as PostgreSQL prints its columns: what the JSON text of a document is joined from. */
export type TextRow = Readonly<Record<string, string | null>>;

/** Members counted over the tables that refer to this one, as SQL over the alias `document`. */
export type Computed = Readonly<Record<string, string>>;

/**
 * How the rows of a resource become the JSON text of its documents. PostgreSQL prints the columns, here they are joined:
 * the document itself is never parsed, and joining costs PostgreSQL twice what reading costs (docs/performance.md).
 */
export class DocumentView {
  constructor(
    private readonly definition: DocumentDefinition,
    private readonly computed: Computed = {},
  ) {}

  /**
   * The select list over the alias `document`; every column is text.
   *
   * @param fields the members asked for; all without it
   */
  columns(fields?: readonly string[]): string {
    const { initialStatus } = this.definition;
    const columns = [
      'key',
      ...(initialStatus === undefined ? [] : ['status']),
      'version',
      'created_at',
      'updated_at',
      'deleted_at',
    ];
    return [
      ...columns.map((column) => `document.${column}::text AS ${column}`),
      `CASE WHEN document.unresolved_refs <> '{}' THEN to_jsonb(document.unresolved_refs)::text END AS unresolved_refs`,
      ...this.computedColumns(fields),
      `${fields ? storedMembers(this.stored(fields)) : 'document.data::text'} AS data`,
    ].join(', ');
  }

  /** The columns of what is counted on read, of the members asked for. */
  computedColumns(fields?: readonly string[]): string[] {
    return Object.entries(this.computed)
      .filter(([member]) => !fields || fields.includes(member))
      .map(([member, sql]) => `${sql}::text AS ${member}`);
  }

  /** The JSON text of a row; with `fields` of those members, and always of key and version. */
  json(row: TextRow, fields?: readonly string[]): string {
    const asked = (member: string) => !fields || fields.includes(member);
    const { keyMember, initialStatus } = this.definition;
    // Keys, status words and moments need no escaping.
    let text = `{"${keyMember}": "${row.key}"`;
    if (initialStatus !== undefined && asked('status')) text += `, "status": "${row.status}"`;
    text += `, "version": ${row.version}`;
    for (const member of ['created_at', 'updated_at', 'deleted_at'] as const) {
      const printed = row[member];
      if (printed && asked(member)) text += `, "${member}": "${momentOf(printed)}"`;
    }
    for (const member of ['unresolved_refs', ...Object.keys(this.computed)]) {
      const printed = row[member];
      if (printed && asked(member)) text += `, "${member}": ${printed}`;
    }
    // A document always has a name, so a whole one is never empty.
    return fields ? `${text}${row.data ?? ''}}` : `${text}, ${row.data?.slice(1) ?? '}'}`;
  }

  /** What is computed on read, as one text: empty where the row shows nothing of the kind. */
  computedText(row: TextRow): string {
    return ['unresolved_refs', ...Object.keys(this.computed)].flatMap((member) => row[member] ?? []).join(' ');
  }

  /** What is counted on read, as one text. */
  countsText(row: TextRow): string {
    return Object.keys(this.computed)
      .map((member) => row[member] ?? '')
      .join(' ');
  }

  /** The members asked for that are kept in `data`. */
  private stored(fields: readonly string[]): string[] {
    const { keyMember, initialStatus } = this.definition;
    const others = [
      keyMember,
      'version',
      'created_at',
      'updated_at',
      'deleted_at',
      'unresolved_refs',
      ...Object.keys(this.computed),
    ];
    return fields.filter((member) => !others.includes(member) && !(member === 'status' && initialStatus !== undefined));
  }
}

/** A moment as the API shows it, in UTC with milliseconds, from `2026-11-21 07:25:28.74+00`. */
const momentOf = (printed: string) =>
  `${printed.slice(0, 10)}T${printed.slice(11, 19)}.${printed.slice(20, -3).padEnd(3, '0')}Z`;

/** A function of PostgreSQL takes 100 arguments at the most. */
const MAX_ARGUMENTS = 100;

/** SQL for some members of `data`, each with a comma before it; `concat` leaves out what a row lacks. */
function storedMembers(members: readonly string[]): string {
  const pieces = members.map((member) => `', "${member}": ' || (document.data -> '${member}')::text`);
  return pieces.length === 0 ? `''` : concat(pieces);
}

function concat(pieces: string[]): string {
  if (pieces.length <= MAX_ARGUMENTS) return `concat(${pieces.join(', ')})`;
  return concat([concat(pieces.slice(0, MAX_ARGUMENTS)), ...pieces.slice(MAX_ARGUMENTS)]);
}

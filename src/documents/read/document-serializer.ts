import type { DocumentDefinition } from '../definition/document-definition';

/** A row with all columns as text, from which the JSON text of a document is built. */
export type TextRow = Readonly<Record<string, string | null>>;

/**
 * Builds the JSON text of documents from rows. The stored JSON is never parsed. PostgreSQL returns the columns and this
 * class joins them: joining in PostgreSQL costs twice as much as reading (docs/performance.md).
 */
export class DocumentSerializer {
  /** The members with a column of their own and of the same name. */
  private readonly columnMembers: string[];

  constructor(
    private readonly definition: DocumentDefinition,
    /** Members that count referring documents, as SQL over the alias `document`. */
    private readonly computed: Readonly<Record<string, string>> = {},
  ) {
    const status = definition.initialStatus === undefined ? [] : ['status'];
    this.columnMembers = [...status, 'version', 'created_at', 'updated_at', 'deleted_at'];
  }

  /**
   * The select list over the alias `document`. Every column is text.
   *
   * @param fields the members to return; all by default
   */
  columns(fields?: readonly string[]): string {
    return [
      ...['key', ...this.columnMembers].map((column) => `document.${column}::text AS ${column}`),
      `CASE WHEN document.unresolved_refs <> '{}' THEN to_jsonb(document.unresolved_refs)::text END AS unresolved_refs`,
      ...this.computedColumns(fields),
      `${fields ? storedMembers(this.stored(fields)) : 'document.data::text'} AS data`,
    ].join(', ');
  }

  /** The columns of the counted members among `fields`. */
  computedColumns(fields?: readonly string[]): string[] {
    return Object.entries(this.computed)
      .filter(([member]) => !fields || fields.includes(member))
      .map(([member, sql]) => `${sql}::text AS ${member}`);
  }

  /** Returns the JSON text of a row: key, version and `fields`, or all members. */
  json(row: TextRow, fields?: readonly string[]): string {
    const isSelected = (member: string) => !fields || fields.includes(member);
    const { keyMember, initialStatus } = this.definition;
    // Keys, statuses and timestamps need no escaping.
    let text = `{"${keyMember}": "${row.key}"`;
    if (initialStatus !== undefined && isSelected('status')) text += `, "status": "${row.status}"`;
    text += `, "version": ${row.version}`;
    for (const member of ['created_at', 'updated_at', 'deleted_at'] as const) {
      const printed = row[member];
      if (printed && isSelected(member)) text += `, "${member}": "${toRfc3339(printed)}"`;
    }
    for (const member of ['unresolved_refs', ...Object.keys(this.computed)]) {
      const printed = row[member];
      if (printed && isSelected(member)) text += `, "${member}": ${printed}`;
    }
    // Set by a search: a document that only resembles the text.
    if (row.match) text += `, "match": "${row.match}"`;
    // Every document has a name, so `data` is not empty.
    return fields ? `${text}${row.data ?? ''}}` : `${text}, ${row.data?.slice(1) ?? '}'}`;
  }

  /** The values computed when the row was read, as one text; empty without any. */
  computedText(row: TextRow): string {
    return ['unresolved_refs', ...Object.keys(this.computed)].flatMap((member) => row[member] ?? []).join(' ');
  }

  /** The counts of the row, as one text. */
  countsText(row: TextRow): string {
    return Object.keys(this.computed)
      .map((member) => row[member] ?? '')
      .join(' ');
  }

  /** The members among `fields` that are stored in `data`. */
  private stored(fields: readonly string[]): string[] {
    const { keyMember } = this.definition;
    const others = [keyMember, ...this.columnMembers, 'unresolved_refs', 'match', ...Object.keys(this.computed)];
    return fields.filter((member) => !others.includes(member));
  }
}

/** Converts `2026-11-21 07:25:28.74+00` to RFC 3339 in UTC with milliseconds. */
const toRfc3339 = (printed: string) =>
  `${printed.slice(0, 10)}T${printed.slice(11, 19)}.${printed.slice(20, -3).padEnd(3, '0')}Z`;

/** Maximum number of arguments of a PostgreSQL function. */
const MAX_ARGUMENTS = 100;

/** SQL for some members of `data`, each after a comma; `concat` omits members that a row lacks (NULL). */
function storedMembers(members: readonly string[]): string {
  const pieces = members.map((member) => `', "${member}": ' || (document.data -> '${member}')::text`);
  return pieces.length === 0 ? `''` : concat(pieces);
}

function concat(pieces: string[]): string {
  if (pieces.length <= MAX_ARGUMENTS) return `concat(${pieces.join(', ')})`;
  return concat([concat(pieces.slice(0, MAX_ARGUMENTS)), ...pieces.slice(MAX_ARGUMENTS)]);
}

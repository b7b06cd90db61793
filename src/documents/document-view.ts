import type { DocumentDefinition } from './document-definition';

/** A timestamp as the API shows it: UTC with milliseconds. */
const moment = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Members that are columns, with their JSON text in SQL. Timestamps, keys and status words need no escaping. */
function columnMembers(definition: DocumentDefinition): Record<string, string> {
  return {
    [definition.keyMember]: `'"' || document.key || '"'`,
    ...(definition.initialStatus !== undefined && { status: `'"' || document.status || '"'` }),
    version: `document.version`,
    created_at: `'"' || ${moment('document.created_at')} || '"'`,
    updated_at: `'"' || ${moment('document.updated_at')} || '"'`,
  };
}

/** Members that only some rows have: NULL leaves them out. */
const optionalMembers = {
  deleted_at: `'"' || ${moment('document.deleted_at')} || '"'`,
  unresolved_refs: `CASE WHEN document.unresolved_refs <> '{}' THEN to_jsonb(document.unresolved_refs)::text END`,
};

/** Members counted over the tables that refer to this one. */
export type Computed = Readonly<Record<string, string>>;

/**
 * SQL that gives a row, aliased `document`, as JSON text. Text is joined rather than `jsonb` merged: the page of 50
 * documents is finished by PostgreSQL and sent as it is.
 *
 * @param fields the members asked for; all without it. Key and version always come.
 */
export function documentJson(definition: DocumentDefinition, computed: Computed, fields?: readonly string[]): string {
  const asked = (member: string) =>
    !fields || member === definition.keyMember || member === 'version' || fields.includes(member);
  const entries = Object.entries({ ...columnMembers(definition), ...computed }).filter(([member]) => asked(member));
  const always = entries.map(([member, sql]) => `'"${member}": ' || ${sql}`).join(` || ', ' || `);
  const optional = Object.entries(optionalMembers)
    .filter(([member]) => asked(member))
    .map(([member, sql]) => ` || coalesce(', "${member}": ' || ${sql}, '')`)
    .join('');
  const stored = fields?.filter(
    (member) => !(member in columnMembers(definition)) && !(member in computed) && !(member in optionalMembers),
  );
  return `'{' || ${always}${optional}${storedMembers(stored)} || '}'`;
}

/** The members of `data`; a document always has a name, so a whole one is never empty. */
function storedMembers(members: readonly string[] | undefined): string {
  if (!members) return ` || ', ' || substr(document.data::text, 2, length(document.data::text) - 2)`;
  return members
    .map((member) => ` || coalesce(', "${member}": ' || (document.data -> '${member}')::text, '')`)
    .join('');
}

/** SQL for the row's content as JSON text: what a revision keeps and an export writes, without what is computed on read. */
export const exportJson = (definition: DocumentDefinition): string => documentJson(definition, {});

import type { DocumentDefinition } from './document-definition';

/** A timestamp as the API shows it: UTC with milliseconds. */
const moment = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Members that are columns, with the pieces of their JSON text in SQL. Timestamps, keys and status words need no escaping. */
function columnMembers(definition: DocumentDefinition): Record<string, string> {
  return {
    [definition.keyMember]: `'"', document.key, '"'`,
    ...(definition.initialStatus !== undefined && { status: `'"', document.status, '"'` }),
    version: `document.version`,
    created_at: `'"', ${moment('document.created_at')}, '"'`,
    updated_at: `'"', ${moment('document.updated_at')}, '"'`,
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
 * documents is finished by PostgreSQL and sent as it is. `concat` leaves NULL out, and with it the members a row lacks.
 *
 * @param fields the members asked for; all without it. Key and version always come.
 */
export function documentJson(definition: DocumentDefinition, computed: Computed, fields?: readonly string[]): string {
  const asked = (member: string) =>
    !fields || member === definition.keyMember || member === 'version' || fields.includes(member);
  const always = { ...columnMembers(definition), ...computed };
  const pieces = Object.entries(always)
    .filter(([member]) => asked(member))
    .map(([member, sql], index) => `'${index === 0 ? '{' : ', '}"${member}": ', ${sql}`);
  const optional = Object.entries(optionalMembers)
    .filter(([member]) => asked(member))
    .map(([member, sql]) => `', "${member}": ' || ${sql}`);
  const stored = fields?.filter((member) => !(member in always) && !(member in optionalMembers));
  return concat([...pieces, ...optional, ...storedMembers(stored)]);
}

/** A function of PostgreSQL takes 100 arguments at the most. */
const MAX_ARGUMENTS = 100;

function concat(pieces: string[]): string {
  if (pieces.length <= MAX_ARGUMENTS) return `concat(${pieces.join(', ')})`;
  return concat([concat(pieces.slice(0, MAX_ARGUMENTS)), ...pieces.slice(MAX_ARGUMENTS)]);
}

/** The members of `data` and the closing brace; a document always has a name, so a whole one is never empty. */
function storedMembers(members: readonly string[] | undefined): string[] {
  if (!members) return [`', ', substr(document.data::text, 2)`];
  return [...members.map((member) => `', "${member}": ' || (document.data -> '${member}')::text`), `'}'`];
}

/** SQL for the row's content as JSON text: what an export writes, the document without what is computed on read. */
export const exportJson = (definition: DocumentDefinition): string => documentJson(definition, {});

import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { propertiesOf } from '../../validation/schema';
import { isObject, type JsonObject } from '../files/catalogue-entry';

/** The read-only members from which a bulk write finds out that a document is outdated or deleted. */
const STATE = ['version', 'deleted_at'];

/**
 * Prepares a document with the form of this service for writing: read-only members are dropped but for `version` and
 * `deleted_at`, and unknown members move to `extra`. If `extra` has a member of the same name, the document is not changed and the service refuses it,
 * because neither value may replace the other.
 */
export function ownDocument({ schema }: Pick<DocumentDefinition, 'schema'>, document: JsonObject): JsonObject {
  const { extra } = document;
  const members = propertiesOf(schema);
  const known: JsonObject = {};
  const unknown: JsonObject = {};
  for (const [name, value] of Object.entries(document)) {
    const member = members.get(name);
    if (!member) unknown[name] = value;
    else if (!member.readOnly || STATE.includes(name)) known[name] = value;
  }
  if (Object.keys(unknown).length === 0) return known;
  if (extra === undefined || extra === null) return { ...known, extra: unknown };
  const clash = !isObject(extra) || Object.keys(unknown).some((name) => Object.hasOwn(extra, name));
  return clash ? { ...known, ...unknown } : { ...known, extra: { ...extra, ...unknown } };
}

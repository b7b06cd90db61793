import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { keysIn, withSpelling } from '../../documents/references/reference-keys';
import { propertiesOf } from '../../validation/schema';
import type { JsonObject } from '../files/catalogue-entry';
import type { Source } from '../sources/source';

/** The key that a document of a source has here. */
export const prefixed = (prefix: string | null | undefined, key: string): string =>
  prefix && !key.toLowerCase().startsWith(prefix.toLowerCase()) ? prefix + key : key;

/**
 * Applies the settings of a source to a document: the prefix to its key and to references between documents of the
 * source, and the defaults to members that it lacks.
 *
 * @param has whether the source has a document
 */
export function inSourceForm(
  { keyMember, references = [], resource, schema }: DocumentDefinition,
  given: JsonObject,
  { key_prefix, default_domain, default_owner }: Source,
  has: (resource: string, key: string) => boolean,
): JsonObject {
  let document = given;
  const key = document[keyMember];
  if (key_prefix && typeof key === 'string') {
    document = { ...document, [keyMember]: prefixed(key_prefix, key) };
    for (const reference of references) {
      if (!hasTextKeys(document[reference.member])) continue;
      const spell = (target: string) => (has(reference.to, target) ? prefixed(key_prefix, target) : target);
      document = withSpelling(reference, document, spell);
    }
  }
  const members = propertiesOf(schema);
  const domain = references.find(({ to, column }) => to === 'domains' && resource !== to && column !== undefined);
  const owner = ['owner', 'owner_team'].find((member) => members.has(member));
  const withDefault = (member: string | undefined, value: string | null) => {
    if (member !== undefined && value !== null && (document[member] ?? undefined) === undefined)
      document = { ...document, [member]: value };
  };
  withDefault(domain?.member, default_domain);
  withDefault(owner, default_owner);
  return document;
}

/** A document that has not been validated can have any value where keys belong. */
function hasTextKeys(value: unknown): boolean {
  if (typeof value === 'string') return true;
  if (!Array.isArray(value)) return false;
  return value.every((item) => typeof item === 'string' || hasMetricIds(item));
}

const hasMetricIds = (item: unknown): boolean => {
  if (typeof item !== 'object' || item === null) return false;
  const { metric_ids = [] } = item as { metric_ids?: unknown };
  return Array.isArray(metric_ids) && metric_ids.every((id) => typeof id === 'string');
};

/** Spells references as another version of the document does: keys are equal regardless of case. */
export function spelledLike(
  { references = [] }: DocumentDefinition,
  document: JsonObject,
  other: JsonObject,
): JsonObject {
  return references.reduce((spelled, reference) => {
    const keys = new Map(keysIn(reference, other).map(({ key }) => [key.toLowerCase(), key]));
    if (keys.size === 0) return spelled;
    return withSpelling(reference, spelled, (key) => keys.get(key.toLowerCase()) ?? key);
  }, document);
}

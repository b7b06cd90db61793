import { propertiesOf } from '../../validation/schema';
import { isObject, type JsonObject, type Resource } from '../files/catalogue-entry';
import { DEFINITIONS } from './resources';

/**
 * A document in our form, ready to be written: what the service computes is dropped, and unknown fields move to
 * `extra`. One that `extra` has already stays where it is, to be refused: neither value may replace the other.
 */
export function ownDocument(resource: Resource, document: JsonObject): JsonObject {
  const { extra } = document;
  const fields = propertiesOf(DEFINITIONS[resource].schema);
  const kept: JsonObject = {};
  const unknown: JsonObject = {};
  for (const [name, value] of Object.entries(document)) {
    const field = fields.get(name);
    if (!field) unknown[name] = value;
    else if (!field.readOnly) kept[name] = value;
  }
  if (Object.keys(unknown).length === 0) return kept;
  if (extra === undefined || extra === null) return { ...kept, extra: unknown };
  const clash = !isObject(extra) || Object.keys(unknown).some((name) => Object.hasOwn(extra, name));
  return clash ? { ...kept, ...unknown } : { ...kept, extra: { ...extra, ...unknown } };
}

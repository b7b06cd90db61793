import { isDeepStrictEqual } from 'node:util';
import { MetricDto } from '../../../metrics/dto/metric.dto';
import { propertiesOf } from '../../../validation/schema';
import { pointerStep } from '../../../validation/violation';
import { isObject, type JsonObject } from '../../files/catalogue-entry';
import { objectOf } from '../project/values';

/**
 * Applies `config.meta.mdl` to a document. Its members replace those of the document, objects member by member; `remove`
 * lists the pointers (RFC 6901) of members to leave out.
 */
export function applyOverlay(document: JsonObject, overlay: JsonObject): JsonObject {
  const { remove, ...members } = overlay;
  const merged = merge(document, writable(members));
  for (const pointer of Array.isArray(remove) ? remove : [])
    if (typeof pointer === 'string') removeMember(merged, pointer);
  return merged;
}

const READ_ONLY = [...propertiesOf(MetricDto)].flatMap(([name, { readOnly }]) => (readOnly ? [name] : []));

/** Leaves out the members that the service sets. */
export const writable = (document: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(document).filter(([name]) => !READ_ONLY.includes(name)));

function merge(target: unknown, source: JsonObject): JsonObject {
  const merged = new Map(Object.entries(objectOf(target)));
  for (const [name, value] of Object.entries(source))
    merged.set(name, isObject(value) ? merge(merged.get(name), value) : value);
  return Object.fromEntries(merged);
}

/** Removes a member. The objects on the way have been copied by `merge` or are replaced here. */
function removeMember(document: JsonObject, pointer: string): void {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop();
  let parent = document;
  for (const step of steps) {
    const inner = Object.hasOwn(parent, step) ? parent[step] : undefined;
    if (!isObject(inner)) return;
    const copy = { ...inner };
    parent[step] = copy;
    parent = copy;
  }
  if (last !== undefined) delete parent[last];
}

/** The overlay that turns one document into another: the opposite of `applyOverlay`. Undefined if they are equal. */
export function findOverlay(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const remove: string[] = [];
  const members = difference(from, to, '', remove) ?? {};
  if (remove.length > 0) members['remove'] = remove;
  return Object.keys(members).length > 0 ? members : undefined;
}

function difference(from: JsonObject, to: JsonObject, pointer: string, remove: string[]): JsonObject | undefined {
  const members: [string, unknown][] = [];
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) remove.push(pointer + pointerStep(name));
  for (const [name, value] of Object.entries(to)) {
    const old = Object.hasOwn(from, name) ? from[name] : undefined;
    if (Object.hasOwn(from, name) && isDeepStrictEqual(old, value)) continue;
    const inner =
      isObject(old) && isObject(value) ? difference(old, value, pointer + pointerStep(name), remove) : value;
    if (inner !== undefined) members.push([name, inner]);
  }
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}

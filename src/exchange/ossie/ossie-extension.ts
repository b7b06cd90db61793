import { isDeepStrictEqual } from 'node:util';
import { isForbiddenName, scanJson } from '../../body/json-scan';
import { pointerStep } from '../../validation/violation';
import { isObject, type JsonObject } from '../files/catalogue-entry';

/** The vendor of the extensions that this service writes. */
const VENDOR = 'MDL';

/**
 * How a document differs from what an Ossie object says by itself. `set` and `remove` have JSON pointers (RFC 6901).
 */
export interface OwnExtension {
  set?: JsonObject;
  remove?: string[];
  /** The object exists because Ossie requires one. It is no part of the document. */
  generated?: true;
}

/** Formats the extension; undefined where there is nothing to say. */
export const formatExtension = (own: OwnExtension): JsonObject | undefined =>
  Object.keys(own).length === 0 ? undefined : { vendor_name: VENDOR, data: JSON.stringify(own) };

/** Separates the extension of this service from those of others, which stay as they are. */
export function splitExtensions(extensions: unknown): { own: OwnExtension; others: unknown } {
  if (!Array.isArray(extensions)) return { own: {}, others: extensions };
  const index = extensions.findIndex((one) => isObject(one) && one['vendor_name'] === VENDOR);
  const own = index < 0 ? undefined : parse((extensions[index] as JsonObject)['data']);
  if (!own) return { own: {}, others: extensions };
  const others: unknown[] = extensions.toSpliced(index, 1);
  return { own, others: others.length > 0 ? others : undefined };
}

function parse(data: unknown): OwnExtension | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    if (scanJson(data).length > 0) return undefined;
    const { set, remove, generated } = JSON.parse(data) as JsonObject;
    return {
      ...(isObject(set) && { set }),
      ...(Array.isArray(remove) && { remove: remove.filter((one) => typeof one === 'string') }),
      ...(generated === true && { generated }),
    };
  } catch {
    return undefined;
  }
}

/** Finds how to get from `base` to `document`. Objects are compared by member, lists as a whole. */
export function differenceOf(base: JsonObject, document: JsonObject): OwnExtension {
  const set: JsonObject = {};
  const remove: string[] = [];
  const compare = (from: JsonObject, to: JsonObject, pointer: string): void => {
    for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
      const [before, after] = [from[name], to[name]];
      const inner = pointer + pointerStep(name);
      if (after === undefined) remove.push(inner);
      else if (isObject(before) && isObject(after)) compare(before, after, inner);
      else if (!isDeepStrictEqual(before, after)) set[inner] = after;
    }
  };
  compare(base, document, '');
  return { ...(Object.keys(set).length > 0 && { set }), ...(remove.length > 0 && { remove }) };
}

/** Returns the document that a difference describes. Pointers that lead nowhere have no effect. */
export function applyDifference(base: JsonObject, { set = {}, remove = [] }: OwnExtension): JsonObject {
  const document = JSON.parse(JSON.stringify(base)) as JsonObject;
  for (const pointer of remove) {
    const place = resolve(document, pointer);
    if (place) delete place.section[place.name];
  }
  for (const [pointer, value] of Object.entries(set)) {
    const place = resolve(document, pointer);
    if (place) place.section[place.name] = value;
  }
  return document;
}

function resolve(document: JsonObject, pointer: string): { section: JsonObject; name: string } | undefined {
  const names = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const name = names.pop();
  if (name === undefined || [...names, name].some(isForbiddenName)) return undefined;
  let section = document;
  for (const step of names) {
    const inner = Object.hasOwn(section, step) ? section[step] : undefined;
    if (!isObject(inner)) return undefined;
    section = inner;
  }
  return { section, name };
}

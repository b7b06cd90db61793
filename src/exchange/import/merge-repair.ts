import { isDeepStrictEqual } from 'node:util';
import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { validate } from '../../validation/validate';
import type { Violation } from '../../validation/violation';
import { isObject, type JsonObject } from '../files/catalogue-entry';
import type { MemberConflict, Versions } from '../merge/merge-values';
import { valueAt } from './short-value';

/** A merged document with the versions that it was made of, without the members of `keep`. */
interface Merge extends Versions {
  local: JsonObject;
  merged: JsonObject;
  /** The members that no source changes: key and status. */
  keep: JsonObject;
}

/**
 * Corrects a merged document that is invalid although neither side is: a member that its status requires was removed
 * by the source, or values of both sides do not fit together. Such members keep their local value, which is a conflict.
 *
 * @returns the document to write; violations that the source has by itself stay
 */
export function repairMerge(
  definition: DocumentDefinition,
  { base, local, source, merged, keep }: Merge,
  onConflict: (conflict: MemberConflict) => void,
): JsonObject {
  let next: JsonObject = { ...merged, ...keep };
  const previous = { ...local, ...keep };
  if (isDeepStrictEqual(next, previous)) return next;
  const ofSource = new Set(rulesOf(definition, { ...(source as JsonObject), ...keep, status: undefined }).map(placeOf));
  for (const pointerIn of [(pointer: string) => pointer, (pointer: string) => topOf(pointer)]) {
    const { violations } = validate<JsonObject>(definition.schema as never, next);
    // The rules expect a document that matches the schema.
    const found = violations.length > 0 ? violations : (definition.rules?.(next, previous, 'updated') ?? []);
    for (const violation of found) {
      const member = pointerIn(violation.pointer ?? '');
      const value = valueAt(local, member);
      const mayRepair = member !== '' && (violation.code === 'missing_for_status' || !ofSource.has(placeOf(violation)));
      if (!mayRepair || isDeepStrictEqual(value, valueAt(next, member))) continue;
      next = withValue(next, member, value);
      onConflict({ member, base: valueAt(base, member), local: value, source: valueAt(source, member) });
    }
  }
  return next;
}

const placeOf = ({ code, pointer = '' }: Violation) => `${code} ${pointer}`;

const topOf = (pointer: string) => pointer.split('/').slice(0, 2).join('/');

/** The violations that a document has regardless of its status. */
function rulesOf(definition: DocumentDefinition, document: JsonObject): Violation[] {
  const { initialStatus: status } = definition;
  return definition.rules?.({ ...document, ...(status !== undefined && { status }) }, undefined, 'created') ?? [];
}

/** Returns a copy with another value at a pointer of one or two steps; undefined removes it. */
function withValue(document: JsonObject, pointer: string, value: unknown): JsonObject {
  const [, first = '', ...rest] = pointer.split('/');
  if (rest.length === 0) return withMember(document, first, value);
  const inner = document[first];
  // Of a list, the item could be another one in each version.
  if (rest.length > 1 || (inner !== undefined && !isObject(inner))) return document;
  return withMember(document, first, withMember(inner ?? {}, rest[0] ?? '', value));
}

function withMember(object: JsonObject, name: string, value: unknown): JsonObject {
  if (value !== undefined) return { ...object, [name]: value };
  const { [name]: _, ...others } = object;
  return others;
}

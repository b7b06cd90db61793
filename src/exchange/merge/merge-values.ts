import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../files/catalogue-entry';
import { pointerStep } from '../../validation/violation';

/** A member that was changed here and, differently, by the source. An absent value is undefined. */
export interface MemberConflict {
  /** The JSON pointer (RFC 6901) of the member. */
  member: string;
  base: unknown;
  local: unknown;
  source: unknown;
}

/** Three versions of a value: as the source had it before, as it is here, and as the source has it now. */
export interface Versions {
  base: unknown;
  local: unknown;
  source: unknown;
}

/** How a three-way merge decides. */
export interface MergeRules {
  /** Whose value a conflict keeps. */
  prefer: 'local' | 'source';
  onConflict: (conflict: MemberConflict) => void;
}

/** Members that identify the items of a list of objects, where each item has a different one. */
const IDENTITIES = ['kr_id', 'url', 'name', 'dialect', 'object'];
/** Here a list can have any meaning, so it is one value. */
const FREE_FORM = '/extra/';

const isSame = isDeepStrictEqual;

/**
 * Merges three versions of a value. A change of one side is taken; equal changes are no conflict. Objects are merged by
 * member, lists of texts as sets, lists of objects with an identity by item. Other values that both sides have changed
 * are conflicts.
 *
 * @param at the JSON pointer of the value
 * @returns undefined for a value that is removed
 */
export function mergeValue({ base, local, source }: Versions, at: string, rules: MergeRules): unknown {
  if (isSame(source, local) || isSame(source, base)) return local;
  if (isSame(local, base)) return source;
  const objects = [base ?? {}, local ?? {}, source ?? {}];
  if (objects.every(isObject)) return mergeObjects(objects as [JsonObject, JsonObject, JsonObject], at, rules);
  if (!at.startsWith(FREE_FORM)) {
    const lists = [base ?? [], local ?? [], source ?? []];
    if (lists.every(isTexts)) return mergeSets(...(lists as [string[], string[], string[]]));
    const identity = IDENTITIES.find((name) => lists.every((list) => isIdentifiedBy(name, list)));
    if (identity !== undefined) return mergeItems(lists as JsonObject[][], identity, at, rules);
  }
  rules.onConflict({ member: at, base, local, source });
  return rules.prefer === 'local' ? local : source;
}

function mergeObjects(
  [base, local, source]: [JsonObject, JsonObject, JsonObject],
  at: string,
  rules: MergeRules,
): JsonObject | undefined {
  const merged: JsonObject = {};
  for (const name of new Set([...Object.keys(local), ...Object.keys(source)])) {
    const versions = { base: base[name], local: local[name], source: source[name] };
    const value = mergeValue(versions, at + pointerStep(name), rules);
    if (value !== undefined) merged[name] = value;
  }
  return Object.keys(merged).length > 0 ? merged : undefined;
}

const isTexts = (list: unknown): list is string[] =>
  Array.isArray(list) && list.every((item) => typeof item === 'string');

/** Adds and removes what the source has added and removed. Texts are equal regardless of case. */
function mergeSets(base: string[], local: string[], source: string[]): string[] | undefined {
  const fold = (list: string[]) => new Set(list.map((text) => text.toLowerCase()));
  const [before, ours, theirs] = [fold(base), fold(local), fold(source)];
  const has = (set: Set<string>, text: string) => set.has(text.toLowerCase());
  const kept = local.filter((text) => has(theirs, text) || !has(before, text));
  const added = source.filter((text) => !has(before, text) && !has(ours, text));
  return kept.length + added.length > 0 ? [...kept, ...added] : undefined;
}

function isIdentifiedBy(name: string, list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  const found = new Set(list.map((item: unknown) => (isObject(item) ? item[name] : undefined)));
  return found.size === list.length && [...found].every((value) => typeof value === 'string');
}

/** Merges items with the same identity, in the order that they have here; new items of the source follow. */
function mergeItems(lists: readonly JsonObject[][], identity: string, at: string, rules: MergeRules) {
  const byIdentity = (list: JsonObject[] = []) => new Map(list.map((item) => [String(item[identity]), item]));
  const [before, ours, theirs] = [byIdentity(lists[0]), byIdentity(lists[1]), byIdentity(lists[2])];
  const merged = [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((id) => {
    const item = mergeItem({ base: before.get(id), local: ours.get(id), source: theirs.get(id) }, at, id, rules);
    return item === undefined ? [] : [item];
  });
  return merged.length > 0 ? merged : undefined;
}

/** An item that one side has removed and the other has changed stays whole, because a part of it would be invalid. */
function mergeItem(versions: Versions, at: string, id: string, rules: MergeRules): unknown {
  const { base, local, source } = versions;
  const member = at + pointerStep(id);
  const isHalf =
    (local === undefined) !== (source === undefined) && !isSame(base, local ?? source) && base !== undefined;
  if (!isHalf) return mergeValue(versions, member, rules);
  rules.onConflict({ member, base, local, source });
  return rules.prefer === 'local' ? local : source;
}

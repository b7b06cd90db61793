import { isObject, type JsonObject } from '../files/catalogue-entry';

/** The member of `extra` that marks a document that its source no longer has: `{source, at}`. */
const FLAG = 'removed_from_source';

const flagOf = ({ extra }: JsonObject): unknown => (isObject(extra) ? extra[FLAG] : undefined);

/** Whether a document is marked as removed from a source. */
export function isFlagged(document: JsonObject, source: string): boolean {
  const flag = flagOf(document);
  return isObject(flag) && flag['source'] === source;
}

/** Marks a document as removed from a source. */
export const flag = (document: JsonObject, source: string, at: string): JsonObject => ({
  ...document,
  extra: { ...(isObject(document['extra']) && document['extra']), [FLAG]: { source, at } },
});

/** Removes the mark of a document that the source has again. */
export function unflag(document: JsonObject, source: string): JsonObject {
  if (!isFlagged(document, source)) return document;
  const { extra, ...others } = document;
  const { [FLAG]: _, ...rest } = extra as JsonObject;
  return Object.keys(rest).length > 0 ? { ...others, extra: rest } : others;
}

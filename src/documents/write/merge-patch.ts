/** A JSON merge patch. It has no schema: only the merged document is validated. */
export type MergePatch = Record<string, unknown>;

export const isObject = (value: unknown): value is MergePatch =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Applies a JSON merge patch (RFC 7396): null removes, objects merge, other values replace. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: MergePatch = isObject(target) ? { ...target } : {};
  for (const [member, value] of Object.entries(patch)) {
    if (value === null) delete merged[member];
    else merged[member] = mergePatch(merged[member], value);
  }
  return merged;
}

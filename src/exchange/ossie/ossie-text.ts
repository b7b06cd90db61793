const MAX_DESCRIPTION = 10_000;

/** A description as far as a document holds it; undefined for a blank one and for other values. */
export function cutText(description: unknown): string | undefined {
  if (typeof description !== 'string' || description.trim() === '') return undefined;
  if (description.length <= MAX_DESCRIPTION) return description;
  const characters = [...description];
  return characters.length <= MAX_DESCRIPTION ? description : `${characters.slice(0, MAX_DESCRIPTION - 1).join('')}…`;
}

import type { Reference } from '../definition/document-definition';

/** The keys in one reference of a document, with their JSON pointers. */
export function keysIn(reference: Reference, document: Record<string, unknown>): { key: string; pointer: string }[] {
  if (reference.keysOf) return reference.keysOf(document);
  const value = document[reference.member];
  if (typeof value === 'string') return [{ key: value, pointer: `/${reference.member}` }];
  return ((value as string[] | undefined) ?? []).map((key, index) => ({
    key,
    pointer: `/${reference.member}/${index}`,
  }));
}

/** Returns the document with other spellings of the keys in one reference. */
export function withSpelling(
  reference: Reference,
  document: Record<string, unknown>,
  spell: (key: string) => string,
): Record<string, unknown> {
  return keysIn(reference, document)
    .filter(({ key }) => spell(key) !== key)
    .reduce((copy, { key, pointer }) => withValue(copy, pointer.slice(1).split('/'), spell(key)), document);
}

/** Returns a copy with another value at a path. */
function withValue<Value extends object>(value: Value, [step = '', ...rest]: string[], text: string): Value {
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  copy[step] = rest.length > 0 ? withValue(copy[step] as object, rest, text) : text;
  return copy as Value;
}

/** SQL condition: the row aliased `document` refers to the key bound at `placeholder`. An index supports it. */
export function refersToKey({ member, keysSql, column }: Reference, placeholder: string): string {
  if (keysSql !== undefined) return `${keysSql} ? ${placeholder}`;
  return column !== undefined
    ? `coalesce(data ->> '${member}', '') COLLATE "C" = ${placeholder}`
    : `(data -> '${member}') ? ${placeholder}`;
}

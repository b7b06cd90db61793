import { isKey } from '../../validation/properties';
import { type JsonSchema, propertiesOf, type SchemaClass } from '../../validation/schema';
import { validate } from '../../validation/validate';

/**
 * Converts a value of the first MDL for a member of this service.
 * @returns undefined for a value that does not fit; the document then keeps it in `extra`
 */
export type Convert<T> = (value: unknown) => T | undefined;

type Member<D extends object> = keyof D & string;

function schemaOfMember(dto: SchemaClass, member: string): JsonSchema {
  const schema = propertiesOf(dto).get(member)?.schema ?? {};
  return typeof schema === 'function' ? schema() : schema;
}

/** Whether the schema of a class accepts a value for one of its members. */
function accepts(dto: SchemaClass, member: string, value: unknown): boolean {
  const { violations } = validate(dto, { [member]: value });
  return !violations.some(({ pointer = '' }) => pointer === `/${member}` || pointer.startsWith(`/${member}/`));
}

/** The most items that a list member may have; undefined for another member. */
export function itemLimit<D extends object>(dto: SchemaClass<D>, member: Member<D>): number | undefined {
  return schemaOfMember(dto, member)['maxItems'] as number | undefined;
}

/** Values that the schema of a member accepts: text is trimmed, words of a closed list have any case. */
export function valueFor<D extends object, M extends Member<D>>(
  dto: SchemaClass<D>,
  member: M,
): Convert<NonNullable<D[M]>> {
  return schemaValue(schemaOfMember(dto, member), (value) => accepts(dto, member, value));
}

/** Values that the schema of a list member accepts as an item. */
export function itemFor<D extends object>(dto: SchemaClass<D>, member: Member<D>): Convert<string> {
  return schemaValue(schemaOfMember(dto, member)['items'] as JsonSchema, (item) => accepts(dto, member, [item]));
}

function schemaValue<T>({ enum: words }: JsonSchema, isAccepted: (value: unknown) => boolean): Convert<T> {
  if (words) return oneOf(words as string[]) as Convert<T>;
  return (value) => {
    const trimmed = trim(value) ?? value;
    return isAccepted(trimmed) ? (trimmed as T) : undefined;
  };
}

/** One of the words, in any case; or a word that the table translates. The words and the table are lower case. */
export function oneOf<const W extends string>(
  words: readonly W[],
  translations: Readonly<Record<string, W>> = {},
): Convert<W> {
  return (value) => {
    const word = trim(value)?.toLowerCase() ?? '';
    return words.find((one) => one === word) ?? (Object.hasOwn(translations, word) ? translations[word] : undefined);
  };
}

/** Any text, trimmed. */
export const trim: Convert<string> = (value) => (typeof value === 'string' ? value.trim() : undefined);

/** The key of another document. */
export const key: Convert<string> = (value) => {
  const trimmed = trim(value) ?? '';
  return isKey(trimmed) ? trimmed : undefined;
};

/** "Customer Experience" → "customer-experience"; undefined if no character remains. */
export const slug: Convert<string> = (value) => toSlug(value, /[^a-z0-9._:-]+/g, 64);

/** The slug of a name as a key: without colon, and longer. */
export const keySlug: Convert<string> = (value) => toSlug(value, /[^a-z0-9._-]+/g, 128);

function toSlug(value: unknown, separators: RegExp, length: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const found = plain
    .replace(separators, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, length)
    .replace(/(?<!-)-+$/, '');
  return found === '' ? undefined : found;
}

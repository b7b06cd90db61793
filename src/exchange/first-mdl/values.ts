import { isKey } from '../../validation/properties';
import { propertiesOf, type SchemaClass } from '../../validation/schema';
import { validate } from '../../validation/validate';

/**
 * Converts a value of the first MDL for a member of this service.
 * @returns undefined for a value that does not fit; the document then keeps it in `extra`
 */
export type Convert<T> = (value: unknown) => T | undefined;

type Member<D extends object> = keyof D & string;

/** Whether the schema of a class accepts a value for one of its members. */
function accepts(dto: SchemaClass, member: string, value: unknown): boolean {
  const { violations } = validate(dto, { [member]: value });
  return !violations.some(({ pointer = '' }) => pointer === `/${member}` || pointer.startsWith(`/${member}/`));
}

/** The most items that a list member may have. */
export function maxItems<D extends object>(dto: SchemaClass<D>, member: Member<D>): number {
  const schema = propertiesOf(dto).get(member)?.schema;
  const limit = (typeof schema === 'function' ? schema() : schema)?.['maxItems'];
  return typeof limit === 'number' ? limit : Infinity;
}

/** Text that the member accepts, trimmed. */
export function text<D extends object>(dto: SchemaClass<D>, member: Member<D>): Convert<string> {
  return (value) => {
    const trimmed = typeof value === 'string' ? value.trim() : '';
    return trimmed !== '' && accepts(dto, member, trimmed) ? trimmed : undefined;
  };
}

/** Text that the list member accepts as an item, trimmed. */
export function item<D extends object>(dto: SchemaClass<D>, member: Member<D>): Convert<string> {
  return (value) => {
    const trimmed = typeof value === 'string' ? value.trim() : '';
    return trimmed !== '' && accepts(dto, member, [trimmed]) ? trimmed : undefined;
  };
}

/** A number that the member accepts. */
export function number<D extends object>(dto: SchemaClass<D>, member: Member<D>): Convert<number> {
  return (value) => (typeof value === 'number' && accepts(dto, member, value) ? value : undefined);
}

export const bool: Convert<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** One of the words, in any case; or a word that the table translates. The words and the table are lower case. */
export function oneOf<const W extends string>(
  words: readonly W[],
  translations: Readonly<Record<string, W>> = {},
): Convert<W> {
  return (value) => {
    const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
    return words.find((one) => one === word) ?? (Object.hasOwn(translations, word) ? translations[word] : undefined);
  };
}

/** The key of another document. */
export const key: Convert<string> = (value) => {
  const trimmed = typeof value === 'string' ? value.trim() : '';
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
    .replace(/-+$/, '');
  return found === '' ? undefined : found;
}

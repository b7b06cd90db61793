/**
 * What a field of ours accepts of an old value. Each function answers undefined where the value does not fit,
 * and the value then stays where it was: in `extra`.
 */
export type Convert<T> = (value: unknown) => T | undefined;

const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const SLUG_LENGTH = 64;
const KEY_LENGTH = 128;

/** Text of at most `max` code points, trimmed. */
export function text(max: number): Convert<string> {
  return (value) => {
    if (typeof value !== 'string') return undefined;
    const trimmed = value.trim();
    return trimmed !== '' && [...trimmed].length <= max ? trimmed : undefined;
  };
}

/** One of the words, in any case. */
export function oneOf<const W extends string>(words: readonly W[]): Convert<W> {
  return (value) => (typeof value === 'string' ? words.find((word) => word === value.trim().toLowerCase()) : undefined);
}

/** A word that stands for one of ours; the table's keys are lower case. */
export function translated<T extends string>(table: Readonly<Record<string, T>>): Convert<T> {
  return (value) => {
    const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
    return Object.hasOwn(table, word) ? table[word] : undefined;
  };
}

export const finite: Convert<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

export const bool: Convert<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

export const key: Convert<string> = (value) => {
  const found = text(KEY_LENGTH)(value);
  return found !== undefined && KEY.test(found) ? found : undefined;
};

/** "Customer Experience" → "customer-experience"; undefined where nothing that a slug may hold is left. */
export const slug: Convert<string> = (value) => slugOf(value, /[^a-z0-9._:-]+/g, SLUG_LENGTH);

/** The slug of a name, as a key: it has no colon and may be longer. */
export const keySlug: Convert<string> = (value) => slugOf(value, /[^a-z0-9._-]+/g, KEY_LENGTH);

function slugOf(value: unknown, others: RegExp, length: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const found = plain
    .replace(others, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, length)
    .replace(/-+$/, '');
  return found === '' ? undefined : found;
}

/** The date of an ISO 8601 date or date-time, as it is written: no shift of time zone. */
export const date: Convert<string> = (value) => {
  const found = typeof value === 'string' ? /^(\d{4}-\d{2}-\d{2})(T.*)?$/.exec(value.trim())?.[1] : undefined;
  if (found === undefined) return undefined;
  const parsed = new Date(`${found}T00:00:00Z`);
  // JavaScript turns 30 February into 2 March.
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(found) ? found : undefined;
};

/** Text of a form. */
export function matching(pattern: RegExp, max: number): Convert<string> {
  return (value) => {
    const found = text(max)(value);
    return found !== undefined && pattern.test(found) ? found : undefined;
  };
}

/** An address a browser may open: http or https, written in the characters of RFC 3986. */
const WEB_ADDRESS = /^https?:\/\/(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
export const webAddress: Convert<string> = (value) => {
  const found = matching(WEB_ADDRESS, 2048)(value);
  return found !== undefined && URL.canParse(found) ? found : undefined;
};

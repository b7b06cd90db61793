import { MAX_ECHO } from '../../validation/violation';
import { isObject } from '../files/catalogue-entry';

/** A value as JSON text of at most 100 characters; null for an absent one. */
export function shortValue(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  if (text.length <= MAX_ECHO) return text;
  const characters = [...text.slice(0, 2 * MAX_ECHO)];
  return `${characters.slice(0, MAX_ECHO - 1).join('')}…`;
}

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(name)] as unknown;
    else if (isObject(value) && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

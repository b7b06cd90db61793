import { isExactNumber } from '../../body/json-scan';
import { isObject, pointerStep } from './catalogue-entry';

/** A value that must not get into the catalogue, whatever field it is in. */
export interface BadValue {
  pointer: string;
  code: 'too_deep' | 'forbidden_key' | 'invalid_character' | 'number_out_of_range';
  detail: string;
}

const MAX_DEPTH = 32;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * The first value in a document that PostgreSQL can't store (NUL, half a surrogate pair), JSON can't carry
 * (infinite and unsafe numbers) or JavaScript can't copy safely. A file doesn't pass the HTTP body guard,
 * so the same rules are applied here.
 */
export function findBadValue(value: unknown, pointer = '', depth = 1): BadValue | undefined {
  if (typeof value === 'string') return badText(value, pointer);
  if (typeof value === 'number') return badNumber(value, pointer);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return { pointer, code: 'too_deep', detail: `nested deeper than ${MAX_DEPTH} levels` };
  for (const [key, item] of Object.entries(value)) {
    const place = pointer + pointerStep(key);
    if (isObject(value) && FORBIDDEN_KEYS.has(key)) {
      return { pointer: place, code: 'forbidden_key', detail: `the key ${key} is not allowed` };
    }
    const found = badText(key, pointer) ?? findBadValue(item, place, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function badText(value: string, pointer: string): BadValue | undefined {
  if (!UNSTORABLE.test(value)) return undefined;
  return { pointer, code: 'invalid_character', detail: 'NUL or half a surrogate pair' };
}

function badNumber(value: number, pointer: string): BadValue | undefined {
  if (isExactNumber(value)) return undefined;
  return { pointer, code: 'number_out_of_range', detail: 'not a finite number that the catalogue keeps exactly' };
}

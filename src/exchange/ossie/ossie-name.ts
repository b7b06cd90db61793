import { crc32 } from 'node:zlib';
import { RESERVED_KEYS } from '../../validation/properties';

const MAX_KEY = 128;
/** Names are not longer; the rest of one that is does not get into the key. */
const MAX_NAME = 1000;
const MAX_LINE = 500;

const digest = (name: string) => crc32(name).toString(16).padStart(8, '0');

/** Makes a key from a name: other characters than those of keys become `-`. A name without any becomes a digest. */
export function keyFrom(name: string, kind: 'model' | 'metric'): string {
  const key = name
    .slice(0, MAX_NAME)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  if (key === '' || RESERVED_KEYS.includes(key.toLowerCase())) return `${kind}-${key === '' ? digest(name) : key}`;
  return key.length > MAX_KEY ? withDigest(key, name) : key;
}

/** A key that differs from those of other names. */
export const withDigest = (key: string, name: string): string => `${key.slice(0, MAX_KEY - 9)}-${digest(name)}`;

/** A name as one line of at most 500 characters. */
export const oneLine = (name: string): string =>
  [...name.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()].slice(0, MAX_LINE).join('');

import { randomBytes } from 'node:crypto';
import { OWN_PREFIX } from '../credentials/bearer-token';

/** `mdl_<environment>_<id>_<secret>`: 48 bits that name the key, 256 that prove it. */
const SHAPE = new RegExp(`^${OWN_PREFIX}([a-z]+)_([0-9a-f]{12})_([\\w-]{43})$`);

const ID = /^[0-9a-f]{12}$/;

/** Whether a text can be the id of a key at all; what cannot need not be looked up. */
export const isApiKeyId = (text: string): boolean => ID.test(text);

/** The parts of an API key that may be looked at. */
export interface ApiKeyText {
  /** Kind of installation that it was made for: a key of one is no good in another. */
  environment: string;
  id: string;
  text: string;
}

/** A new key. */
export function makeApiKey(environment: string): ApiKeyText {
  const id = randomBytes(6).toString('hex');
  return { environment, id, text: `${OWN_PREFIX}${environment}_${id}_${randomBytes(32).toString('base64url')}` };
}

/** Reads a key; undefined for a text that is none. */
export function readApiKey(text: string): ApiKeyText | undefined {
  const [, environment, id] = SHAPE.exec(text) ?? [];
  return environment === undefined || id === undefined ? undefined : { environment, id, text };
}

import { randomBytes } from 'node:crypto';
import { OWN_PREFIX } from '../credentials/bearer-token';

/** `mdl_<environment>_<id>_<secret>`: an id of 48 random bits and a secret of 256. */
const SHAPE = new RegExp(`^${OWN_PREFIX}([a-z]+)_([0-9a-f]{12})_([\\w-]{43})$`);

const ID = /^[0-9a-f]{12}$/;

/** Whether a text has the form of a key's id. */
export const isApiKeyId = (text: string): boolean => ID.test(text);

/** Generates a key for an environment; no other environment accepts it. */
export function makeApiKey(environment: string) {
  const id = randomBytes(6).toString('hex');
  return { environment, id, text: `${OWN_PREFIX}${environment}_${id}_${randomBytes(32).toString('base64url')}` };
}

/** Parses the text of a key; undefined for any other text. */
export function parseApiKey(text: string): ReturnType<typeof makeApiKey> | undefined {
  const [, environment, id] = SHAPE.exec(text) ?? [];
  return environment === undefined || id === undefined ? undefined : { environment, id, text };
}

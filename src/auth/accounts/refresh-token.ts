import { randomBytes } from 'node:crypto';
import { digestOf, OWN_PREFIX } from '../credentials/bearer-token';

/** `mdl_refresh_<family>_<secret>`: 256 bits that all tokens of a session have in common, 256 of its own. */
const SHAPE = /^mdl_refresh_([\w-]{43})_[\w-]{43}$/;

/** A refresh token and what is kept of it, as hashes. */
export interface RefreshToken {
  text: string;
  family: string;
  familyDigest: Buffer;
  digest: Buffer;
}

/** The next token of a family, or the first of a new one. */
export function makeRefreshToken(family = random()): RefreshToken {
  const text = `${OWN_PREFIX}refresh_${family}_${random()}`;
  return { text, family, familyDigest: digestOf(family), digest: digestOf(text) };
}

/** Reads a token; undefined for a text that is none. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  const [, family] = SHAPE.exec(text) ?? [];
  return family === undefined ? undefined : { text, family, familyDigest: digestOf(family), digest: digestOf(text) };
}

const random = () => randomBytes(32).toString('base64url');

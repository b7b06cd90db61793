import { randomBytes } from 'node:crypto';
import { digestOf, OWN_PREFIX } from '../credentials/bearer-token';

/** `mdl_refresh_<family>_<secret>`: 256 random bits shared by all tokens of a session, and 256 of this token. */
const SHAPE = new RegExp(`^${OWN_PREFIX}refresh_([\\w-]{43})_[\\w-]{43}$`);

/** A refresh token, and the digests that are stored of it. */
export type RefreshToken = ReturnType<typeof withDigests>;

/** Generates the next token of a family, or the first token of a new family. */
export const makeRefreshToken = (family = randomText()): RefreshToken =>
  withDigests(`${OWN_PREFIX}refresh_${family}_${randomText()}`, family);

/** Parses a token; undefined for any other text. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [, family] = SHAPE.exec(text) ?? [];
  return family === undefined ? undefined : withDigests(text, family);
}

const withDigests = (text: string, family: string) => ({
  text,
  family,
  familyDigest: digestOf(family),
  digest: digestOf(text),
});

const randomText = () => randomBytes(32).toString('base64url');

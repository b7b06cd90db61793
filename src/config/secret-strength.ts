import { unescape as decode } from 'node:querystring';

/** In characters. `openssl rand -base64 32` and `-hex 32` print 256 bits as 44 and 64 characters. */
const MIN_LENGTH = 32;
/** A random text of that length has at least so many different characters. */
const MIN_DIFFERENT = 10;

/** Passwords that attackers try first, and placeholders of examples and templates, this project's included. */
const WELL_KNOWN = [
  /^(1234|abc|admin|administrator|app|guest|letmein|login|mdl|metrics|pass|passw[o0]rd|p[a@]ssw[o0]rd|postgres|postgresql|qwerty|redis|root|secret|test|user|welcome)[\d!]*$/i,
  /change[-_]?me|your[-_]?(own[-_]?)?(256-bit-)?secret|string-secret|super[-_]?secret|keyboard cat/i,
  /(^|[^a-z])(default|example|placeholder)$/i,
];

const HOW = 'generate one with `openssl rand -base64 32`';

/** Whether a password is one that attackers try first; false for an empty password. */
export const isWellKnown = (password: string): boolean => WELL_KNOWN.some((pattern) => pattern.test(password));

/** Whether the password in a connection URL is well known or equal to its user name. */
export function hasWellKnownPassword(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password, searchParams } = new URL(url);
  // As in pg: query parameters override the user info. Unlike decodeURIComponent, decode never throws.
  const given = searchParams.get('password') ?? decode(password);
  return given !== '' && (isWellKnown(given) || given === (searchParams.get('user') ?? decode(username)));
}

/** Whether a text is a shorter text, several times: then it occurs in its double before the end of the first copy. */
const isRepetition = (text: string): boolean => (text + text).indexOf(text, 1) < text.length;

/** Describes why a signing secret is too weak; undefined if it is strong enough. */
export function findSecretFault(secret: string): string | undefined {
  if (isWellKnown(secret)) return `must not be well known: ${HOW}`;
  if (secret.length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters: ${HOW}`;
  const isRegular = new Set(secret).size < MIN_DIFFERENT || isRepetition(secret);
  return isRegular ? `must be random: ${HOW}` : undefined;
}

/** 256 bits, as `openssl rand -base64 32` and `-hex 32` write them, are 44 and 64 characters. */
const MIN_LENGTH = 32;
/** So few different characters, or less, are no random text of that length. */
const MIN_DIFFERENT = 10;
const REPEATED = /^(.+?)\1+$/;

/** What is tried first, and the words of examples and templates, this project's too. */
const WELL_KNOWN = [
  /^(1234|abc|admin|administrator|app|guest|letmein|login|mdl|metrics|pass|passw[o0]rd|p[a@]ssw[o0]rd|postgres|postgresql|qwerty|redis|root|secret|test|user|welcome)[\d!]*$/i,
  /change[-_]?me|your[-_]?(own[-_]?)?(256-bit-)?secret|string-secret|super[-_]?secret|keyboard cat/i,
  /(^|[^a-z])(default|example|placeholder)$/i,
];

const HOW = 'make one with `openssl rand -base64 32`';

/** Whether a password is one that everybody tries first; no password at all is another matter. */
export const isWellKnown = (password: string): boolean => WELL_KNOWN.some((pattern) => pattern.test(password));

/** Whether the password in a connection URL is well known, or the name of its user. */
export function hasWellKnownPassword(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password, searchParams } = new URL(url);
  // As pg does: what follows the question mark wins.
  const given = searchParams.get('password') ?? decoded(password);
  return given !== '' && (isWellKnown(given) || given === (searchParams.get('user') ?? decoded(username)));
}

/** Why a secret that signs is not good enough; undefined when it is. */
export function secretFault(secret: string): string | undefined {
  if (isWellKnown(secret)) return `it is well known: ${HOW}`;
  if (secret.length < MIN_LENGTH) return `must have ${MIN_LENGTH} characters or more: ${HOW}`;
  const isRegular = new Set(secret).size < MIN_DIFFERENT || REPEATED.test(secret);
  return isRegular ? `it is too regular: ${HOW}` : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { Problem } from '../problems/problem';

/** The preconditions of a write (RFC 9110, 13.1). */
export interface Preconditions {
  /** `If-Match`: the document must have one of these versions; '*' for any version. */
  ifMatch?: number[] | '*';
  /** `If-None-Match: *`: the document must not exist. */
  ifAbsent?: true;
}

/** One element of a list of entity tags with its comma; empty elements are allowed (RFC 9110, 5.6.1 and 8.8.3). */
const ELEMENT = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;
/** The strong tags of the service: a version, and a digest where the document has computed values. */
const VERSION_TAG = /^"(\d{1,9})(?:-[0-9a-f]+)?"$/;

/** The tags of a list; undefined where the header is not a list of tags. A tag can contain commas. */
function tagsOf(header: string): string[] | undefined {
  const tags: string[] = [];
  ELEMENT.lastIndex = 0;
  while (ELEMENT.lastIndex < header.length) {
    const element = ELEMENT.exec(header);
    if (!element) return undefined;
    if (element[1] !== undefined) tags.push(element[1]);
  }
  return tags.length > 0 ? tags : undefined;
}

/**
 * Parses the preconditions of a write. Well-formed tags of another form match nothing, and neither do weak tags
 * (If-Match uses strong comparison).
 *
 * @throws Problem 400 `invalid_header` for a malformed tag
 */
export function preconditionsOf(headers: {
  'if-match'?: string | undefined;
  'if-none-match'?: string | undefined;
}): Preconditions {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  const preconditions: Preconditions = {};
  if (match !== undefined) {
    if (match === '*') preconditions.ifMatch = '*';
    else {
      const tags = tagsOf(match);
      if (!tags) throw invalidHeader('If-Match');
      preconditions.ifMatch = tags.flatMap((tag) => VERSION_TAG.exec(tag)?.[1] ?? []).map(Number);
    }
  }
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw invalidHeader('If-None-Match', 'If-None-Match of a write must be *.');
    preconditions.ifAbsent = true;
  }
  return preconditions;
}

const invalidHeader = (header: string, detail = `${header} must be * or a list of entity tags such as "3".`) =>
  new Problem('invalid_header', { detail, errors: [{ header, code: 'invalid_format', detail }] });

const opaque = (tag: string) => tag.replace(/^W\//, '');

/** Whether `If-None-Match` matches the current tag by weak comparison: the client's copy is current. */
export function matchesNone(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  // The most frequent case.
  if (header === etag) return true;
  return header === '*' || (tagsOf(header) ?? []).some((tag) => opaque(tag) === opaque(etag));
}

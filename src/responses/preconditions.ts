import { Problem } from '../problems/problem';

/** What a write is allowed to find (RFC 9110, 13.1). */
export interface Preconditions {
  /** `If-Match`: the versions one of which the document must have; '*' for any. */
  ifMatch?: number[] | '*';
  /** `If-None-Match: *`: the document must not exist. */
  ifAbsent?: true;
}

/** One element of a list of entity tags, with the comma after it; it may be empty (RFC 9110, 5.6.1 and 8.8.3). */
const ELEMENT = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;
/** Our strong tags: a version, and a digest where the document shows computed values. */
const VERSION_TAG = /^"(\d{1,9})(?:-[0-9a-f]+)?"$/;

/** The tags of a list, which may hold commas themselves; undefined where it is none. */
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
 * Reads the preconditions of a write. Tags that are well-formed but not ours match nothing; weak ones neither
 * (If-Match compares strongly).
 *
 * @throws Problem 400 `invalid_header` for a tag that is none
 */
export function preconditionsOf(headers: {
  'if-match'?: string | undefined;
  'if-none-match'?: string | undefined;
}): Preconditions {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  const preconditions: Preconditions = {};
  if (match !== undefined) {
    if (match.trim() === '*') preconditions.ifMatch = '*';
    else {
      const tags = tagsOf(match);
      if (!tags) throw invalidHeader('If-Match');
      preconditions.ifMatch = tags.flatMap((tag) => VERSION_TAG.exec(tag)?.[1] ?? []).map(Number);
    }
  }
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*') throw invalidHeader('If-None-Match', 'A write takes If-None-Match: * alone.');
    preconditions.ifAbsent = true;
  }
  return preconditions;
}

const invalidHeader = (header: string, detail = `${header} must be * or a list of entity tags such as "3".`) =>
  new Problem('invalid_header', { detail, errors: [{ header, code: 'invalid_format', detail }] });

const opaque = (tag: string) => tag.replace(/^W\//, '');

/** Whether `If-None-Match` names the present tag, by weak comparison: then the caller's copy is still good. */
export function matchesNone(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  // What nearly every caller sends back.
  if (header === etag) return true;
  return header.trim() === '*' || (tagsOf(header) ?? []).some((tag) => opaque(tag) === opaque(etag));
}

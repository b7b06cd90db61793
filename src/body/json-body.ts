import { Problem } from '../problems/problem';
import { scanJson } from './json-scan';

const decoder = new TextDecoder('utf-8', { fatal: true });
const FORM_CODES = ['duplicate_key', 'forbidden_key', 'too_deep'] as const;
const isFormCode = (code: string): code is (typeof FORM_CODES)[number] => FORM_CODES.some((known) => known === code);

/** @throws Problem 400 `invalid_encoding` */
export function decodeBody(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new Problem('invalid_encoding', { detail: 'The body is not valid UTF-8.', cause });
  }
}

/**
 * Parses a JSON body.
 *
 * @throws Problem 400 for the form (encoding, syntax, duplicate or forbidden members, depth), 422 for characters and
 *   numbers
 */
export function parseJson(body: Buffer): unknown {
  const text = decodeBody(body);
  const value = parseText(text);
  const violations = scanJson(text);
  const form = violations.filter(({ code }) => isFormCode(code));
  const [first] = form;
  if (first && isFormCode(first.code)) throw new Problem(first.code, { detail: first.detail, errors: form });
  if (violations.length > 0) throw Problem.invalid(violations);
  return value;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = text.trim() === '' ? 'The body is empty.' : 'The body is not valid JSON.';
    throw new Problem('malformed_json', { detail, cause });
  }
}

import { Problem } from '../problems/problem';
import type { Violation } from '../validation/violation';
import { scanJson } from './json-scan';
import type { ScanBudget } from './scan-budget';

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
 * @throws Problem 400 for the form (encoding, syntax, duplicate or forbidden members, depth), 413 for more than the
 *   budget has, 422 for characters and numbers
 */
export function parseJson(body: Buffer, budget: ScanBudget): unknown {
  const text = decodeBody(body);
  const { value, violations } = parseText(text, budget);
  const form = violations.filter(({ code }) => isFormCode(code));
  const [first] = form;
  if (first && isFormCode(first.code)) throw new Problem(first.code, { detail: first.detail, errors: form });
  if (violations.length > 0) throw Problem.invalid(violations);
  return value;
}

/** The value of a text, or the violations of the scan, which is cheaper than parsing. */
function parseText(text: string, budget: ScanBudget): { value?: unknown; violations: Violation[] } {
  try {
    const violations = scanJson(text, budget);
    return { violations, ...(violations.length === 0 && { value: JSON.parse(text) as unknown }) };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const detail = text.trim() === '' ? 'The body is empty.' : 'The body is not valid JSON.';
    throw new Problem('malformed_json', { detail, cause });
  }
}

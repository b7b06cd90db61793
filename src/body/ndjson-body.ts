import { Problem } from '../problems/problem';
import type { Violation } from '../validation/violation';
import { decodeBody } from './json-body';
import { scanJson } from './json-scan';

/** One line of an NDJSON body: its number (from 1), and its value or its violation. */
export interface NdjsonLine {
  line: number;
  value?: unknown;
  violation?: Violation;
}

/** A parsed NDJSON body; a class of its own, so that it is not confused with a JSON array. */
export class NdjsonBody {
  constructor(readonly lines: NdjsonLine[]) {}
}

/** 422 for more items than a bulk route accepts. */
export const tooManyItems = (maxItems: number): Problem =>
  Problem.invalid([{ pointer: '/items', code: 'too_long', detail: `There must be at most ${maxItems} items.` }]);

/**
 * Parses a body with one JSON text per line. An invalid line is returned as a violation, so that the others are
 * validated too.
 *
 * @throws Problem 422 `too_long` for more lines than `maxItems` and the closing count, before any line is parsed
 */
export function parseNdjson(body: Buffer, maxItems: number): NdjsonBody {
  const lines = splitLines(decodeBody(body), maxItems + 1);
  if (!lines) throw tooManyItems(maxItems);
  return new NdjsonBody(lines.map(parseLine));
}

/** The lines that are not blank; undefined where there are more than `limit`. */
function splitLines(text: string, limit: number): { line: number; text: string }[] | undefined {
  const lines: { line: number; text: string }[] = [];
  for (let line = 1, start = 0; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const content = text.slice(start, end);
    if (content.trim() !== '') lines.push({ line, text: content });
    if (lines.length > limit) return undefined;
    start = end + 1;
  }
  return lines;
}

function parseLine({ line, text }: { line: number; text: string }): NdjsonLine {
  try {
    const value: unknown = JSON.parse(text);
    const [violation] = scanJson(text);
    return violation ? { line, violation: { ...violation, line } } : { line, value };
  } catch {
    return { line, violation: { line, pointer: '', code: 'malformed_json', detail: 'The line is not valid JSON.' } };
  }
}

import { Problem } from '../problems/problem';
import type { Violation } from '../validation/violation';
import { decodeBody } from './json-body';
import { scanJson } from './json-scan';
import type { ScanBudget } from './scan-budget';

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

/** The limits of an NDJSON body. */
export interface NdjsonLimits {
  maxItems: number;
  /** Of all lines together. */
  budget: ScanBudget;
  /** In characters. */
  maxLine: number;
}

/**
 * Parses a body with one JSON text per line. An invalid line is returned as a violation, so that the others are
 * validated too.
 *
 * @throws Problem 422 `too_long` for more lines than `maxItems` and the closing count, before any line is parsed; 413
 *   for more than the budget has
 */
export function parseNdjson(body: Buffer, { maxItems, budget, maxLine }: NdjsonLimits): NdjsonBody {
  const lines = splitLines(decodeBody(body), maxItems + 1);
  if (!lines) throw tooManyItems(maxItems);
  return new NdjsonBody(lines.map(({ line, text }) => ({ line, ...parseLine(text, budget, maxLine) })));
}

/** The lines that are not blank; undefined where there are more than `limit`. */
function splitLines(text: string, limit: number): { line: number; text: string }[] | undefined {
  const lines: { line: number; text: string }[] = [];
  const { length } = text;
  let line = 1;
  for (let at = 0; at < length; at++) {
    const character = text.charCodeAt(at);
    // Character by character, because a body can have millions of blank lines.
    if (character === 0x0a) line++;
    if (character <= 0x20) continue;
    if (lines.length === limit) return undefined;
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? length : newline;
    lines.push({ line, text: text.slice(at, end) });
    at = end - 1;
  }
  return lines;
}

function parseLine(text: string, budget: ScanBudget, maxLine: number): Pick<NdjsonLine, 'value' | 'violation'> {
  if (text.length > maxLine)
    return violationOf('too_long', `A line must have at most ${maxLine} characters, as a document of its own.`);
  try {
    const [violation] = scanJson(text, budget);
    return violation ? { violation } : { value: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return violationOf('malformed_json', 'The line is not valid JSON.');
  }
}

const violationOf = (code: Violation['code'], detail: string) => ({ violation: { pointer: '', code, detail } });

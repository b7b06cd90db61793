import { type JSONPath, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { MAX_ECHO, pointerStep } from '../../validation/violation';
import { findViolation, INDEXED_DEPTH, nearest, type ParsedText, UnreadableText } from './parsed-text';

/** RFC 8259: neither comments nor trailing commas. */
const STRICT = { disallowComments: true };

interface SyntaxMistake {
  reason: string;
  offset: number;
  /** Zero-based. */
  line: number;
}

/** Finds the first syntax error of a text. */
export function findSyntaxError(text: string): SyntaxMistake | undefined {
  let first: SyntaxMistake | undefined;
  visit(text, { onError: (code, offset, _, line) => (first ??= { reason: words(code), offset, line }) }, STRICT);
  return first;
}

/** `CommaExpected` becomes `comma expected`. */
const words = (code: ParseErrorCode) =>
  printParseErrorCode(code)
    .replace(/(?!^)[A-Z]/g, ' $&')
    .toLowerCase();

/**
 * Parses the JSON text of a whole file (RFC 8259).
 * @throws UnreadableText `malformed_json` with the line of the first error
 */
export function parseJsonFile(text: string): ParsedText {
  const value = parse(text, 1);
  const { spans, duplicateMember } = indexText(text, INDEXED_DEPTH);
  return {
    value,
    duplicateMember,
    lineOf: (pointer) => nearest(spans, pointer)?.line ?? 1,
    findViolation: (pointer, part) => {
      const span = spans.get(pointer);
      // A value that is nested deeper, or whose pointer is longer, is not indexed.
      if (!span) return findViolation(JSON.stringify(part), pointer, () => nearest(spans, pointer)?.line ?? 1);
      const json = text.slice(span.start, span.end);
      return findViolation(json, pointer, (inside) => span.line - 1 + (indexText(json).spans.get(inside)?.line ?? 1));
    },
  };
}

/**
 * Parses one line of JSON.
 * @throws UnreadableText `malformed_json`
 */
export function parseJsonLine(text: string, line: number): ParsedText {
  const lineOf = () => line;
  return { value: parse(text, line), lineOf, findViolation: (pointer) => findViolation(text, pointer, lineOf) };
}

function parse(text: string, firstLine: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An unexpected end belongs to the last line with text.
    const { line, reason } = findSyntaxError(text.trimEnd()) ?? { line: 0, reason: 'not JSON' };
    throw new UnreadableText('malformed_json', firstLine + line, `The text is not valid JSON: ${reason}.`);
  }
}

interface Span {
  line: number;
  start: number;
  end: number;
}

/**
 * Indexes the values of a valid JSON text at most `depth` deep, by pointers as a violation has them. Of several members
 * with one name the last counts.
 */
function indexText(text: string, depth = Infinity) {
  const spans = new Map<string, Span>();
  const open: Span[] = [];
  const members = new Set<string>();
  let duplicateMember: ParsedText['duplicateMember'];
  const add = (start: number, length: number, line: number, _: number, path: () => JSONPath): Span => {
    const span = { line: line + 1, start, end: start + length };
    spans.set(path().map(pointerStep).join('').slice(0, MAX_ECHO), span);
    return span;
  };
  // The content of a value at the greatest depth is not visited.
  const begin = (...place: Parameters<typeof add>) => open.push(add(...place)) <= depth;
  const end = (offset: number) => {
    const span = open.pop();
    if (span) span.end = offset + 1;
  };
  const onObjectProperty = (name: string, _: number, __: number, line: number) => {
    if (open.length > 1) return;
    if (members.has(name)) duplicateMember ??= { line: line + 1, pointer: pointerStep(name) };
    members.add(name);
  };
  visit(
    text,
    {
      onObjectBegin: begin,
      onArrayBegin: begin,
      onObjectEnd: end,
      onArrayEnd: end,
      onObjectProperty,
      onLiteralValue: (_, ...place) => add(...place),
    },
    STRICT,
  );
  return { spans, duplicateMember };
}

import { type JSONPath, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { MAX_ECHO, pointerStep } from '../../validation/violation';
import type { Place } from './catalogue-entry';
import { findViolation, INDEXED_DEPTH, nearestLine, type ParsedText, UnreadableText } from './parsed-text';

/** RFC 8259: neither comments nor trailing commas. */
const STRICT = { disallowComments: true };

interface SyntaxMistake {
  code: ParseErrorCode;
  offset: number;
  /** Zero-based. */
  line: number;
}

/** Finds the first syntax error of a text, with its offset. */
export function findSyntaxError(text: string): SyntaxMistake | undefined {
  let first: SyntaxMistake | undefined;
  visit(text, { onError: (code, offset, _, line) => (first ??= { code, offset, line }) }, STRICT);
  return first;
}

/**
 * Parses the JSON text of a whole file (RFC 8259).
 * @throws UnreadableText `malformed_json` with the line of the first error
 */
export function parseJsonFile(text: string): ParsedText {
  const value = parse(text, 1);
  const { lines, spans, duplicateMember } = indexText(text);
  return {
    value,
    duplicateMember,
    lineOf: (pointer) => nearestLine(lines, pointer),
    findViolation: (pointer) => {
      const { start, end } = spans.get(pointer) ?? { start: 0, end: text.length };
      const json = text.slice(start, end);
      return findViolation(json, pointer, (inside) => nearestLine(lines, pointer) + linesBefore(json, inside));
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
    const mistake = findSyntaxError(text.trimEnd());
    const reason = mistake ? words(printParseErrorCode(mistake.code)) : 'not JSON';
    throw new UnreadableText(
      'malformed_json',
      firstLine + (mistake?.line ?? 0),
      `The text is not valid JSON: ${reason}.`,
    );
  }
}

/** `CommaExpected` becomes `comma expected`. */
const words = (code: string) => code.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase();

const pointerOf = (path: JSONPath) => path.map(pointerStep).join('');

interface TextIndex {
  /** The line of each value at most `INDEXED_DEPTH` deep, by pointer. */
  lines: Map<string, number>;
  /** The offsets of each of those values that is an object or array. */
  spans: Map<string, { start: number; end: number }>;
  duplicateMember: Place | undefined;
}

/** Indexes the outer values of a valid JSON text. */
function indexText(text: string): TextIndex {
  const index: TextIndex = { lines: new Map(), spans: new Map(), duplicateMember: undefined };
  const open: { start: number; end: number }[] = [];
  const members = new Set<string>();
  const begin = (offset: number, _: number, line: number, __: number, path: () => JSONPath) => {
    const pointer = pointerOf(path());
    const span = { start: offset, end: offset };
    index.lines.set(pointer, line + 1);
    index.spans.set(pointer, span);
    open.push(span);
    // The content of a value at the greatest depth is not visited.
    return open.length <= INDEXED_DEPTH;
  };
  const end = (offset: number) => {
    const span = open.pop();
    if (span) span.end = offset + 1;
  };
  visit(
    text,
    {
      onObjectBegin: begin,
      onArrayBegin: begin,
      onObjectEnd: end,
      onArrayEnd: end,
      onLiteralValue: (_, __, ___, line, ____, path) => index.lines.set(pointerOf(path()), line + 1),
      onObjectProperty: (name, _, __, line) => {
        if (open.length > 1) return;
        if (members.has(name)) index.duplicateMember ??= { line: line + 1, pointer: pointerStep(name) };
        members.add(name);
      },
    },
    STRICT,
  );
  return index;
}

/** Counts the lines before a value in the text of a document. Of several members with one name the last counts. */
function linesBefore(text: string, pointer: string): number {
  let found = 0;
  const look = (line: number, path: () => JSONPath): void => {
    // The pointer of a violation is cut after some characters.
    if (pointerOf(path()).slice(0, MAX_ECHO) === pointer) found = line;
  };
  visit(
    text,
    {
      onObjectBegin: (_, __, line, ___, path) => look(line, path),
      onArrayBegin: (_, __, line, ___, path) => look(line, path),
      onLiteralValue: (_, __, ___, line, ____, path) => look(line, path),
    },
    STRICT,
  );
  return found;
}

import { MAX_ECHO, MAX_ERRORS, pointerStep, quote, type Violation } from '../validation/violation';
import { ScanBudget } from './scan-budget';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
/** Whether a member name is refused because it reaches a prototype. */
export const isForbiddenName = (name: string): boolean => FORBIDDEN.has(name);
const MAX_DEPTH = 32;

/** A document has a few dozen; sets of thousands of names cost far more time per name. */
const MAX_MEMBERS = 2000;
/** Beyond it, V8 keeps an object as a hash table, for which `JSON.parse` needs several times as long per member. */
const MEMBERS_OF_STRUCTURE = 128;
const COST_OF_FURTHER_MEMBER = 3;
/** An escape that may stand for NUL or a lone surrogate. */
const SUSPECT_ESCAPE = /\\u(?:0000|d[89a-f])/i;

interface Frame {
  /** The numbers of the names of an object. */
  keys: Set<number> | undefined;
  key: string;
  index: number;
}

const pointerOf = (frames: Frame[]) =>
  frames
    .map(({ keys, key, index }) => pointerStep(keys ? key : index))
    .join('')
    .slice(0, MAX_ECHO);

/**
 * Finds what `JSON.parse` accepts silently: duplicate members (the last one wins), names that reach a prototype,
 * nesting beyond 32 levels, NUL and lone surrogates (PostgreSQL refuses them), and numbers that lose precision; also
 * objects of more than 2,000 members. It runs before `JSON.parse`, which takes long for many values, so the text may
 * be malformed; its encoding must be valid.
 *
 * @param budget spent on the values of the text: one for each comma, object and array; and on the names of members
 * @returns at most `MAX_ERRORS` violations in order; the codes `duplicate_key`, `forbidden_key` and `too_deep` concern the form
 * @throws Problem 413 `payload_too_large` for more than the budget has, SyntaxError for some malformed texts
 */
export function scanJson(text: string, budget = new ScanBudget()): Violation[] {
  const violations: Violation[] = [];
  const frames: Frame[] = [];
  const report = (code: Violation['code'], detail: string) =>
    violations.push({ pointer: pointerOf(frames), code, detail });

  let frame: Frame | undefined;
  let expectsKey = false;
  // Each comma, object and array allows one value, so that the budget bounds the work on malformed texts too.
  let expectsValue = true;
  let nextEscape = -1;
  const { length } = text;
  for (let at = 0; at < length && violations.length < MAX_ERRORS; at++) {
    let character = text.charCodeAt(at);
    while (character <= 0x20 && ++at < length) character = text.charCodeAt(at);
    if (character === 0x22) {
      if (!expectsValue) throw withoutComma();
      expectsValue = false;
      if (nextEscape < at) nextEscape = indexOrLength(text, '\\', at);
      const end = endOfString(text, at, nextEscape);
      const hasEscape = nextEscape < end;
      const start = at + 1;
      at = end;
      if (expectsKey && frame?.keys) {
        const raw = text.slice(start, end);
        const key = hasEscape ? unescaped(raw, budget) : raw;
        frame.key = key;
        if (FORBIDDEN.has(key)) report('forbidden_key', `The member name ${quote(key)} is not allowed.`);
        const { size } = frame.keys;
        if (size >= MEMBERS_OF_STRUCTURE) budget.spend(COST_OF_FURTHER_MEMBER - 1);
        frame.keys.add(budget.addName(key));
        if (frame.keys.size === size) report('duplicate_key', `The member ${quote(key)} is duplicated.`);
        if (size === MAX_MEMBERS) {
          report('too_long', `An object must have at most ${MAX_MEMBERS} members.`);
          return violations;
        }
        expectsKey = false;
        expectsValue = true;
      }
      // Without an escape there is neither: the text is valid UTF-8, and JSON allows no raw NUL.
      if (hasEscape && hasInvalidEscape(text.slice(start, end), budget))
        report('invalid_character', 'The string contains NUL or a lone surrogate.');
    } else if (character === 0x2c || character === 0x7b || character === 0x5b) {
      if (character !== 0x2c && !expectsValue) throw withoutComma();
      budget.spend();
      expectsValue = true;
      if (character === 0x2c) {
        if (frame) frame.index++;
        expectsKey = frame?.keys !== undefined;
        continue;
      }
      if (frames.length === MAX_DEPTH) {
        report('too_deep', `The text is nested deeper than ${MAX_DEPTH} levels.`);
        return violations;
      }
      expectsKey = character === 0x7b;
      frame = { keys: expectsKey ? new Set() : undefined, key: '', index: 0 };
      frames.push(frame);
    } else if (character === 0x7d || character === 0x5d) {
      frames.pop();
      frame = frames.at(-1);
      expectsKey = false;
      expectsValue = false;
    } else if (character === 0x2d || (character >= 0x30 && character <= 0x39)) {
      if (!expectsValue) throw withoutComma();
      expectsValue = false;
      const end = endOfNumber(text, at);
      if (!isPreserved(text.slice(at, end)))
        report(
          'number_out_of_range',
          'The number is beyond ±2^53, closer to 0 than 1e-30, or has more digits than a double holds (about 16).',
        );
      at = end - 1;
    }
  }
  return violations;
}

const withoutComma = () => new SyntaxError('A value follows another without a comma.');

const indexOrLength = (text: string, searched: string, from: number): number => {
  const found = text.indexOf(searched, from);
  return found < 0 ? text.length : found;
};

/** Whether a string has NUL or a lone surrogate. */
function hasInvalidEscape(raw: string, budget: ScanBudget): boolean {
  if (!SUSPECT_ESCAPE.test(raw)) return false;
  const value = unescaped(raw, budget);
  return value.includes('\0') || !value.isWellFormed();
}

/** The string of a literal without its quotes. It costs as much as three values. */
function unescaped(raw: string, budget: ScanBudget): string {
  budget.spend(2);
  return JSON.parse(`"${raw}"`) as string;
}

/**
 * The position of the quote that ends the string which begins at `start`; beyond the text if it is unfinished.
 *
 * @param nextEscape the position of the first backslash from `start` on
 */
function endOfString(text: string, start: number, nextEscape: number): number {
  const nearest = indexOrLength(text, '"', start + 1);
  if (nearest < nextEscape) return nearest;
  let at = nextEscape;
  for (let code = text.charCodeAt(at); code !== 0x22 && at < text.length; code = text.charCodeAt(at))
    at += code === 0x5c ? 2 : 1;
  return at;
}

/** The position after the digits, signs, points and exponents from `start` on. */
function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); ; code = text.charCodeAt(++at)) {
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isDigit && code !== 0x2e && code !== 0x2d && code !== 0x2b && (code | 0x20) !== 0x65) return at;
  }
}

/** A literal of up to 15 characters has at most 15 digits, which every double holds. */
const ALWAYS_HELD = 15;
/** Some encoders print every double with 17 digits: `0.10000000000000001`. */
const PRINTED = 17;
/** Far longer than what PostgreSQL writes for a number from 1e-30 to 2^53. */
const MAX_LITERAL = 100;

/**
 * Whether a number keeps its value as a double and in PostgreSQL, which writes `1e20` and `1e-300` with all their
 * zeros.
 */
function isPreserved(literal: string): boolean {
  // From -99 to 9e9, in steps of 0.1 or more.
  if (literal.length <= 3) return true;
  if (literal.length <= PRINTED + 2 && !/e/i.test(literal)) {
    if (literal.length <= ALWAYS_HELD) return true;
    if (literal.startsWith('0.')) return true;
  }
  if (literal.length > MAX_LITERAL) return false;
  const value = Math.abs(Number(literal));
  // Malformed; JSON.parse refuses it.
  if (Number.isNaN(value)) return true;
  if (value === 0) return digitsOf(literal) === '';
  if (value < 1e-30 || value > Number.MAX_SAFE_INTEGER) return false;
  const digits = digitsOf(literal);
  return (
    digits.length <= PRINTED || digits.padEnd(MAX_LITERAL, '0') === digitsOf(String(value)).padEnd(MAX_LITERAL, '0')
  );
}

/** The digits of a number from the first that is not 0 on, without point and exponent. */
const digitsOf = (literal: string): string =>
  literal
    .replace(/[eE].*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');

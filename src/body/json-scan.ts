import { MAX_ECHO, MAX_ERRORS, pointerStep, quote, type Violation } from '../validation/violation';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_DEPTH = 32;
const LONE_SURROGATE_OR_NUL = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** The rest of a number, from `lastIndex` on. */
const NUMBER = /[-+.\deE]+/y;

interface Frame {
  keys: Set<string> | undefined;
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
 * nesting beyond 32 levels, NUL and lone surrogates (PostgreSQL refuses them), and numbers that lose precision. The
 * text must be valid JSON, so one pass over its tokens is enough.
 *
 * @returns at most `MAX_ERRORS` violations in order; the codes `duplicate_key`, `forbidden_key` and `too_deep` concern the form
 */
export function scanJson(text: string): Violation[] {
  const violations: Violation[] = [];
  const frames: Frame[] = [];
  const report = (code: Violation['code'], detail: string) => {
    if (violations.length < MAX_ERRORS) violations.push({ pointer: pointerOf(frames), code, detail });
  };

  let at = 0;
  let expectsKey = false;
  while (at < text.length) {
    const character = text.charCodeAt(at);
    const frame = frames.at(-1);
    if (character === 0x22) {
      const end = endOfString(text, at);
      const raw = text.slice(at + 1, end - 1);
      const value = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
      if (expectsKey && frame?.keys) {
        frame.key = value;
        if (FORBIDDEN.has(value)) report('forbidden_key', `The member name ${quote(value)} is not allowed.`);
        if (frame.keys.has(value)) report('duplicate_key', `The member ${quote(value)} is duplicated.`);
        frame.keys.add(value);
        expectsKey = false;
      }
      if (LONE_SURROGATE_OR_NUL.test(value))
        report('invalid_character', 'The string contains NUL or a lone surrogate.');
      at = end;
      continue;
    }
    if (character === 0x7b || character === 0x5b) {
      const isObject = character === 0x7b;
      if (frames.length === MAX_DEPTH) {
        report('too_deep', `The text is nested deeper than ${MAX_DEPTH} levels.`);
        return violations;
      }
      frames.push({ keys: isObject ? new Set() : undefined, key: '', index: 0 });
      expectsKey = isObject;
    } else if (character === 0x7d || character === 0x5d) {
      frames.pop();
      expectsKey = false;
    } else if (character === 0x2c && frame) {
      frame.index++;
      expectsKey = frame.keys !== undefined;
    } else if (character === 0x2d || (character >= 0x30 && character <= 0x39)) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(text)?.[0] ?? '';
      if (!isPreserved(literal))
        report(
          'number_out_of_range',
          'The number is beyond ±2^53, closer to 0 than 1e-30, or has more than 40 digits.',
        );
      at += literal.length;
      continue;
    }
    at++;
  }
  return violations;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at + 1;
}

const MAX_DIGITS = 40;

/** Whether a number survives a round trip: PostgreSQL writes `1e20` and `1e-300` with all their zeros. */
function isPreserved(literal: string): boolean {
  const digits = literal.replace(/[eE].*/, '').replace(/^[-0.]+/, '');
  if (digits === '') return true;
  // `1e-400` has a digit other than 0, but its value is 0.
  const value = Math.abs(Number(literal));
  return digits.length <= MAX_DIGITS && value >= 1e-30 && value <= Number.MAX_SAFE_INTEGER;
}

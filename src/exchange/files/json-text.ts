import { pointerStep, type Place } from './catalogue-entry';
import { INDEXED_DEPTH, UnreadableText, type ParsedText } from './parsed-text';

/** An object or array that is open while the scan goes on. */
interface Frame {
  /** Keys seen so far; absent in an array. */
  keys?: Set<string>;
  segment: string | number;
  expectsKey: boolean;
}

/**
 * Parses JSON (RFC 8259) and adds what JSON.parse keeps to itself: lines and duplicate keys.
 * @param firstLine line of the text's first character, where the text is part of a file
 * @throws UnreadableText `malformed_json` with the line of the error
 */
export function parseJson(text: string, firstLine = 1): ParsedText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(text, firstLine, error as SyntaxError);
  }
  return { value, ...scan(text, firstLine) };
}

/** Walks a text that is known to be valid JSON, hence the few states. */
function scan(text: string, firstLine: number): Pick<ParsedText, 'lines' | 'duplicates'> {
  const lines = new Map<string, number>();
  const duplicates: Place[] = [];
  const stack: Frame[] = [];
  let line = firstLine;
  const pointer = (): string => stack.map((frame) => pointerStep(frame.segment)).join('');
  const begin = (): void => {
    if (stack.length <= INDEXED_DEPTH) lines.set(pointer(), line);
  };
  for (let at = 0; at < text.length; at++) {
    const top = stack.at(-1);
    switch (text.charAt(at)) {
      case '\n':
        line++;
        break;
      case '{':
        begin();
        stack.push({ keys: new Set(), segment: '', expectsKey: true });
        break;
      case '[':
        begin();
        stack.push({ segment: 0, expectsKey: false });
        break;
      case '}':
      case ']':
        stack.pop();
        break;
      case ',':
        if (typeof top?.segment === 'number') top.segment++;
        else if (top) top.expectsKey = true;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (top?.keys && top.expectsKey) {
          const key = JSON.parse(text.slice(at, end + 1)) as string;
          top.segment = key;
          top.expectsKey = false;
          if (top.keys.has(key)) duplicates.push({ line, pointer: pointer() });
          top.keys.add(key);
        } else begin();
        at = end;
        break;
      }
    }
  }
  return { lines, duplicates };
}

/** Offset of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** V8 names the offset of most errors; an unexpected end may have none and belongs to the last line with text. */
function malformed(text: string, firstLine: number, error: SyntaxError): UnreadableText {
  const found = /at position (\d+)/.exec(error.message);
  const end = text.trimEnd().length;
  const before = text.slice(0, Math.min(end, Number(found?.[1] ?? end)));
  const line = firstLine + before.split('\n').length - 1;
  const reason = error.message.replace(/ in JSON at position.*$/s, '').replace(/, (\.\.\.)?".*$/s, '');
  return new UnreadableText('malformed_json', line, `not valid JSON: ${reason}`);
}

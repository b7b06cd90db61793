import { scanJson } from '../../body/json-scan';
import type { Place, Refusal } from './catalogue-entry';

/** A parsed text, with the places of its values. */
export interface ParsedText {
  value: unknown;
  /** The second occurrence of a member in the outermost object. Parsers keep the last value without a warning. */
  duplicateMember?: Place | undefined;
  /** The line where a value starts, or the nearest value around it that is indexed. */
  lineOf: (pointer: string) => number;
  /** The first violation inside a value, by the same rules as for request bodies. */
  findViolation: (pointer: string, value: unknown) => Refusal | undefined;
}

/** Values at most this deep are indexed by line: documents are at `/3` or `/metrics/3`. */
export const INDEXED_DEPTH = 2;

/**
 * Applies the rules for request bodies to the JSON text of one document.
 * @param pointer the place of the document in its file
 * @param lineInside the line of a place inside the document
 */
export function findViolation(
  json: string,
  pointer: string,
  lineInside: (pointer: string) => number,
): Refusal | undefined {
  const [violation] = scanJson(json);
  if (!violation) return undefined;
  const { pointer: inside = '', code, detail } = violation;
  return { line: lineInside(inside), pointer: pointer + inside, code, detail };
}

/** Finds the entry of a value by its pointer, or that of the nearest indexed value around it. */
export function nearest<T>(index: ReadonlyMap<string, T>, pointer: string): T | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (index.has(at)) return index.get(at);
  return index.get('');
}

/** A text that is not valid as a whole. */
export class UnreadableText extends Error {
  constructor(
    readonly code: 'malformed_json' | 'malformed_yaml' | 'invalid_encoding',
    readonly line: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** Decodes UTF-8 strictly, because a replacement character would be stored as content. Removes a byte order mark. */
export function decodeUtf8(bytes: Uint8Array, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableText('invalid_encoding', line, 'The text is not valid UTF-8.');
  }
}
